"""Lists that were to be sorted or turned round, words and sentences that were to be reversed."""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from judge.language.lists import bare, items
from judge.language.numerals import numbers
from judge.language.prose import quote, words
from judge.tasks.asked import Asked, Wrong, inline_numbers, number_list

_SORT = re.compile(
    r"\b(?:sort|arrang|rearrang|order|reorder|put|organi[sz]|alphabeti[sz]|rank|plac|list|revers)", re.IGNORECASE
)
_ALPHABET = re.compile(
    r"\b(?:alphabet\w*|aphabet\w*|lexicographic\w*|dictionary order|in a dictionary|a to z|a-z|z to a|z-a)\b",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:ascending|increasing|(?:smallest|lowest|least|low|small|minimum)(?: \w+)? (?:to|first)"
    r"|(?:smallest|lowest)-to)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:descending|decreasing|(?:largest|highest|greatest|biggest|high|large"
    r"|maximum)(?: \w+)? (?:to|first)|(?:largest|highest)-to"
    r"|z to a|z-a|reverse(?:d|ly)?(?: the)?(?: \w+){0,4}? ?alphabet\w*)\b",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"\b(?:words|strings|names|terms)\b.*?\b(?:length|(?:short|long)est|number of (?:letters|characters))\b"
    r"|\bby (?:their )?(?:word )?length\b",
    re.IGNORECASE,
)
_LONG_FIRST = re.compile(r"\b(?:descending|decreasing|long(?:est)?(?: \w+)? (?:to|first))\b", re.IGNORECASE)
_OTHER_KEY = re.compile(
    r"\b(?:last|first|sur|middle)[ -]?names?\b|\bauthors?\b|\bthen by\b|\bgroup|\bcategor"
    r"|\bcolumns?\b|\bdates?\b|\bsame\b"
    r"|\beach\b|\bkeys?\b|\babsolute\b|\beven\b|\bodd\b|\bsecond letter\b|\blast letter\b"
    r"|\bdistinct\b|\bduplicat|\bunique\b|\bremove\b"
    r"|\bletters (?:of|in)\b|\bcharacters\b|\bvowel|\bfollowed by\b|\bexcept\b",
    re.IGNORECASE,
)
_BY = re.compile(
    r"\b(?:by|according to|based on|in terms of|with respect to|order of)\s+(?:the |their "
    r"|its )?(?!alphabet|ascend|descend|increas|decreas|value|size|magnitude|number|integer|length"
    r"|word|small|larg|high|low|least|great|dictionary|the given|numerical|numeric)\w+",
    re.IGNORECASE,
)
_OF_WORDS = re.compile(
    r"\bits words\b|\bwords (?:in|of|from)\b.{0,40}\b(?:sentence|phrase|text|string)\b|\bsentence\b.{0,40}\bwords\b",
    re.IGNORECASE,
)
_REVERSE_LIST = re.compile(
    r"^\W*(?:please |can you |could you )?(?:reverse|invert|flip) (?:the )?(?:order of )?(?:the "
    r"|this |these |following |given |below |elements (?:in|of) |items (?:in|of) |numbers (?:in"
    r"|of) )*"
    r"(?:list|array|numbers|sequence|elements|items|series)\b",
    re.IGNORECASE,
)
_REVERSE_WORDS = re.compile(
    r"\brevers\w+ (?:the )?(?:order of )?(?:the )?words\b|\bword order\b.{0,20}\brevers|\brevers\w+ the word order\b",
    re.IGNORECASE,
)
_REVERSE_LETTERS = re.compile(
    r"\brevers\w+ (?:the )?(?:order of )?(?:the |this |following |given |letters (?:in|of) |characters (?:in|of) )*"
    r"(?:string|word|letters|characters)\b(?! order)|\bspell\w* .{0,40}\b(?:backwards?|in reverse)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,200})[\"”]")
_TWO = 2
_MOST = 60  # items
_SHOWN = 4_000  # characters of an answer that are read
_EACH = 60  # characters of an item

Key = Callable[[str], object]


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a list that is not in the order asked for, or a reversal that is none."""
    if not _SORT.search(asked.head) or len(text) > _SHOWN or _OTHER_KEY.search(asked.whole[:400]):
        return None
    if _REVERSE_WORDS.search(asked.head):
        return _reversed(asked, text, letters=False)
    if _REVERSE_LETTERS.search(asked.head):
        return _reversed(asked, text, letters=True)
    given = number_list(asked.data) if asked.data else inline_numbers(asked.head)
    return _by_value(asked, text, [n.value for n in given]) if given else _by_spelling(asked, text)


def _by_value(asked: Asked, text: str, given: list[Fraction]) -> Wrong | None:
    up, down, turned = (p.search(asked.whole) for p in (_UP, _DOWN, _REVERSE_LIST))
    if (
        _ALPHABET.search(asked.whole)
        or _BY.search(asked.head)
        or (up and (down or turned))
        or not (up or down or turned)
    ):
        return None
    return _numbers(given, text, -1 if down else 1 if up else 0)


def _by_spelling(asked: Asked, text: str) -> Wrong | None:
    parts = _parts(asked)
    if not _TWO <= len(parts) <= _MOST or any(len(part) > _EACH for part in parts):
        return None
    down = _DOWN.search(asked.whole)
    if _ALPHABET.search(asked.whole) and not _BY.search(asked.head):
        return _words(parts, text, _ALPHABETIC, "reverse alphabetical" if down else "alphabetical")
    if _LENGTH.search(asked.head):
        order = "falling length" if _LONG_FIRST.search(asked.head) else "rising length"
        return _words(parts, text, _BY_LENGTH, order)
    turned = _REVERSE_LIST.search(asked.head) and not down and not _UP.search(asked.whole)
    return _words(parts, text, (), "reverse") if turned else None


def _parts(asked: Asked) -> list[str]:
    data = asked.data
    criterion = re.search(r"\n\s*(?:criteri\w+|order)\s*:.*", data, re.IGNORECASE)
    data = data[: criterion.start()] if criterion else data
    if not data and (found := re.search(r"[\[({][^\[\](){}]{3,400}[\])}]", asked.head)):
        data = found.group()
    if _OF_WORDS.search(asked.head):
        return re.findall(r"[^\s,.;:!?\"“”]+", bare(data))
    parts = items(data)
    if len(parts) == 1 and re.search(r"\b(?:words?|text|items|letters|names)\b", asked.head, re.IGNORECASE):
        parts = re.findall(r"[^\s,.;:!?\"“”]+", bare(data))
    return [] if any(":" in part or "=" in part for part in parts) else parts


def _plain(part: str) -> str:
    return " ".join(words(part))


_ALPHABETIC: tuple[Key, ...] = (
    str.casefold,
    lambda part: "".join(words(part)),
    lambda part: re.sub(r"^(?:the|an?) ", "", _plain(part)),
)
_BY_LENGTH: tuple[Key, ...] = (len, lambda part: len("".join(words(part))))


def _words(parts: Sequence[str], text: str, keys: Sequence[Key], order: str) -> Wrong | None:
    wanted = {part.casefold(): part for part in parts}
    ways = sorted(wanted, key=lambda way: (-len(way), way))
    found = [
        wanted[m.group().casefold()]
        for m in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, ways))})(?!\w)", text, re.IGNORECASE)
        if m.group().casefold() in wanted
    ]
    size = len(parts)
    if len(found) < size:
        missing = [part for part in parts if part not in found]
        if (
            missing
            and len(missing) * 2 <= size
            and size > _TWO
            and not any(_plain(m)[:4] in text.casefold() for m in missing)
        ):
            return Wrong(0.7, f"the answer leaves out {quote(missing[0])} of the {size} items it was to put in order")
        return None
    down = order.startswith(("reverse a", "falling"))
    for at in range(len(found) - size + 1):
        window = found[at : at + size]
        if (not keys and window == list(parts)[::-1]) or any(
            _sorted([key(part) for part in window], down=down) for key in keys
        ):
            return None
    return Wrong(1.0, f"not in {order} order: {quote(', '.join(found[-size:]))}")


def _sorted(keys: list[object], *, down: bool) -> bool:
    return keys == sorted(keys, reverse=down)  # type: ignore[type-var]  # one key function makes one type


def _numbers(given: Sequence[Fraction], text: str, way: int) -> Wrong | None:
    said = [number.value for number in numbers(text) if not number.spelled]
    wanted = list(given)[::-1] if way == 0 else sorted(given, reverse=way < 0)
    once = sorted(set(given), reverse=way < 0)
    size = len(wanted)
    if any(said[at : at + size] == wanted for at in range(len(said) - size + 1)) or said == once:
        return None
    if len(said) < min(size, 3) or sum(value in given for value in said) * 2 < size:
        return None
    order = {0: "reverse", 1: "ascending", -1: "descending"}[way]
    name = ", ".join(str(value) if value.denominator == 1 else f"{float(value):g}" for value in wanted[:20])
    return Wrong(1.0, f"in {order} order the numbers are {name}; the answer says {quote(text)}")


def _reversed(asked: Asked, text: str, *, letters: bool) -> Wrong | None:
    quoted = _QUOTED.findall(asked.whole)
    source = quoted[0] if len(quoted) == 1 else bare(asked.data)
    if not source or "\n" in source or len(source) > 200 or (not quoted and not asked.data):  # noqa: PLR2004 - a line
        return None
    if letters:
        wanted, said = "".join(words(source[::-1])), "".join(words(text))
        alike = sorted(wanted) == sorted("".join(words(text.rpartition(":")[2] or text)))
        return (
            None
            if wanted in said or not alike
            else Wrong(1.0, f"{quote(source)} backwards is {quote(source[::-1])}, not {quote(text)}")
        )
    turned = words(source)[::-1]
    said_words = words(text)
    if any(said_words[at : at + len(turned)] == turned for at in range(len(said_words) - len(turned) + 1)):
        return None
    if len(turned) < 3 or sorted(said_words) != sorted(turned):  # noqa: PLR2004 - too few to tell
        return None
    return Wrong(1.0, f"the words in reverse order are {quote(' '.join(turned))}, not {quote(text)}")
