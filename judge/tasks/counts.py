"""Words, letters, vowels and characters to count in a text that the prompt gives."""

import re
from collections.abc import Iterator
from fractions import Fraction

from judge.language.lists import bare
from judge.language.prose import quote, words
from judge.tasks.asked import Asked, Wrong, wrong_number

_THING = r"(?P<thing>words|letters|vowels|consonants|characters|spaces|capital letters|uppercase letters)"
_COUNT = re.compile(
    rf"\b(?:count|how many|number of|find the number of|total number of|word count"
    rf"|character count)\b (?:of )?(?:the )?(?:number of )?(?:all )?(?:the )?(?:individual )?{_THING}\b",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:how many (?:times does |times is )?|count (?:the )?(?:number of )?(?:times "
    r"|occurrences of )?|number of (?:times |occurrences of )?)"
    r"(?:the )?(?:letters? |character )?[\"'“\u2018]?(?P<letter>[a-zA-Z])[\"'”\u2019]?(?:'?s)?(?: appears?"
    r"| occurs?| are| is)?(?: there)?(?: in| appears)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?<![\w])[\"“'\u2018]([^\"“”\n]{2,300}?)[\"”'\u2019](?!\w)")
_WORD = re.compile(
    r"\bin (?:the )?(?:word|name|phrase|sentence|string|text)s?:? "
    r"[\"“'\u2018]?(?P<word>[A-Za-z]+)[\"”'\u2019]?\s*[.?]?$",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:unique|distinct|different|except|excluding|without|ignor\w+|with(?: more| less| at"
    r"| exactly)? \w+ letters|longer|shorter|start\w*|end\w*"
    r"|each|contain\w*|that (?:are|have|has)|most|frequen\w+|syllables|and (?:the )?(?:number"
    r"|sentences|characters|words|letters|vowels|consonants|punctuation)|lines|paragraphs|can be"
    r"|formed|made|following words|per)\b",
    re.IGNORECASE,
)
_BRIEF = 40  # words; longer answers list what they count


def look(asked: Asked, text: str) -> Wrong | None:
    """Find a count that no way of counting gives."""
    found, one = _COUNT.search(asked.head), _ONE.search(asked.head)
    if not (found or one) or _BUT.search(asked.head):
        return None
    source = _source(asked)
    if not source or len(source) > 1200:  # noqa: PLR2004 - beyond, nobody counts
        return None
    if one:
        letter = one["letter"].casefold()
        accepted = [Fraction(source.casefold().count(letter))]
        what = f"how often “{letter}” stands in {quote(source)}"
    else:
        thing = (found or [""])["thing"].casefold() if found else ""
        accepted = sorted(
            {Fraction(way) for way in _ways(thing, source)},
            key=lambda way: (way != next(iter(_ways(thing, source))), way),
        )
        what = f"the number of {thing} in {quote(source)}"
    said = text.replace(source, " ")
    return wrong_number(said, accepted, what) if len(said.split()) <= _BRIEF else None


def _source(asked: Asked) -> str:
    quoted = [q for q in _QUOTED.findall(asked.head) if len(q) > 1]
    if quoted and not asked.data:
        return quoted[0] if len(quoted) == 1 else ""
    if asked.data:
        lines = [line for line in asked.data.splitlines() if line.strip()]
        return bare(asked.data).strip() if len(lines) == 1 else ""
    named = _WORD.search(asked.head)
    return named["word"] if named else ""


def _ways(thing: str, source: str) -> Iterator[int]:
    letters = [char for char in source if char.isalpha()]
    if thing == "words":
        yield len(source.split())
        yield len(words(source))
        yield len(re.findall(r"[\w'\u2019-]+", source))
        yield len(re.findall(r"[^\W_]+", source))
    elif thing in {"letters", "characters"}:
        if thing == "characters":
            yield from (
                len(source),
                len(source.strip(" .!?")),
                sum(not char.isspace() for char in source),
                len(f'"{source}"'),
            )
        yield len(letters)
    elif thing in {"vowels", "consonants"}:
        vowels = [char for char in letters if char.casefold() in "aeiou"]
        others = sum(char.casefold() == "y" for char in letters)
        if thing == "vowels":
            yield from (len(vowels), len({v.casefold() for v in vowels}), len(vowels) + others)
        else:
            yield from (len(letters) - len(vowels), len(letters) - len(vowels) - others)
    elif thing == "spaces":
        yield source.count(" ")
    else:
        yield sum(char.isupper() for char in source)
