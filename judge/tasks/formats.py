"""Formats, letter case, given words and marks that a prompt asks for by name."""

import json
import re
from collections.abc import Iterator

from judge.language.prose import quote, words
from judge.tasks.asked import Wrong

_AS = (
    r"\b(?:in|as|into|using|to|with|output|return|generate|create|make|produce|write|construct|build"
    r"|use)(?: an?| the| your)?(?: (?:answer|response|output|result|form of an?|format of an?|valid"
    r"|proper|simple|structured|markdown|html|single|short|nested))*"
)
_ABOUT = re.compile(
    r"\b(?:in the table|table (?:below|above)|(?:following|given) table|explain|what is|what are"
    r"|how (?:to|do|does|can|would)|describe|difference|why|parse|code|script|function|program|query"
    r"|python|sql|convert(?: \w+){0,3} (?:json|xml|csv|table)|from (?:json|xml|csv|a table)"
    r"|given (?:json|xml|csv|table)|following (?:json|xml|csv|table)|json (?:schema|file)|periodic"
    r"|dinner|time table|multiplication)\b",
    re.IGNORECASE,
)
_FORMATS = (
    (re.compile(rf"{_AS} json\b", re.IGNORECASE), re.compile(r"[{\[]"), 0.75, "JSON"),
    (re.compile(rf"{_AS} xml\b", re.IGNORECASE), re.compile(r"<\w[^<>]{0,200}>"), 0.75, "XML"),
    (
        re.compile(rf"{_AS} (?:csv|comma[- ]separated)\b", re.IGNORECASE),
        re.compile(r","),
        0.7,
        "comma-separated values",
    ),
    (
        re.compile(
            rf"{_AS} (?:table|tabular)\b(?! (?:of contents|tennis|top|setting|cloth|manners|salt|spoon))", re.IGNORECASE
        ),
        re.compile(r"\||\t|<table|\S {2,}\S.*\n.*\S {2,}\S|[-+=]{4,}|\n.*[,:].*\n|\\begin\{tabular"),
        0.6,
        "a table",
    ),
    (
        re.compile(
            r"\b(?:in|as|using|with|into) (?:an? )?(?:\w+ )?(?:bulleted|bullet|bullet[- ]points?"
            r"|bulleted list|bullet list)\b",
            re.IGNORECASE,
        ),
        re.compile(r"^\s*(?:[-*•·\u2013—▪◦●+]|\(?[0-9a-zA-Z]{1,2}[.)])|\n|[•·]|<li>", re.MULTILINE),
        0.6,
        "bullet points",
    ),
    (
        re.compile(r"\b(?:in|as|using|with|into) (?:an? )?(?:numbered|ordered) list\b", re.IGNORECASE),
        re.compile(r"(?:^|\s)\(?[0-9]{1,2}[.):]|<ol>", re.MULTILINE),
        0.6,
        "a numbered list",
    ),
)
_UPPER = re.compile(
    r"\b(?:in|to|use|using) (?:only )?(?:all )?(?:upper ?-?case|capital letters|capitals|all caps)\b"
    r"|\b(?:all|entirely|only)(?: in)? (?:upper ?-?case|capital letters|caps|capitals)\b",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"\b(?:in|to|use|using) (?:only )?(?:all )?lower ?-?case\b|\b(?:all|entirely|only)(?: in)? lower ?-?case\b",
    re.IGNORECASE,
)
_PART_CASE = re.compile(
    r"\b(?:first|each|every|some|words? (?:in|with)|title|sentence[- ]case|initial|and (?:lower"
    r"|upper)|or (?:lower|upper)|from (?:lower|upper)|letter \w\b|function|code|python|password"
    r"|variables?|at least|proper|mixed|camel|number of|number|special|acronym|keywords?|emphasi[sz]e"
    r"|identify|convert the (?:letter|word)|\w+ words)\b",
    re.IGNORECASE,
)
_Q = r"[\"“”\u2018'`]"
_BEGIN = re.compile(
    rf"\b(?:start|begin)(?:s|ning|ning with|ing)?(?: (?:your|the|each|this|a|it"
    rf"|off))?(?: (?:entire )?(?:response|answer|reply|story|sentence|poem|paragraph|essay|text|email"
    rf"|letter|speech))?(?: off)? with(?: the)?(?: exact)?(?: (?:words?|phrase|sentence|line"
    rf"|following))*:? ?{_Q}(?P<x>[^\"“”`\n]{{2,80}}?){_Q}(?!\w)",
    re.IGNORECASE,
)
_FINISH = re.compile(
    rf"\b(?:end|finish|conclude)(?:s|ing)?(?: (?:your|the|this|a|it))?(?: (?:entire )?(?:response"
    rf"|answer|reply|story|sentence|poem|paragraph|essay|text|email|letter"
    rf"|speech))?(?: off)? with(?: the)?(?: exact)?(?: (?:words?|phrase|sentence|line"
    rf"|following))*:? ?{_Q}(?P<x>[^\"“”`\n]{{2,80}}?){_Q}(?!\w)",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\b(?:each|every|words? (?:that|which)|list|names|countries|all (?:start|begin|end))\b", re.IGNORECASE
)
_INCLUDE = re.compile(
    r"\b(?:includ(?:e|es|ing)|us(?:e|es|ing)|contain(?:s|ing)?|with|incorporat(?:e|es|ing)|featur(?:e"
    r"|es|ing)|mention(?:s|ing)?) (?:all )?(?:of )?(?:both )?(?:the |these "
    r"|this )?(?:following )?(?:[0-9]+ |two |three |four |five )?(?:words?|phrases?|terms?"
    r"|keywords?):? (?P<rest>[^\n]{2,200})",
    re.IGNORECASE,
)
_BAN = re.compile(
    rf"\b(?:do not|don'?t|don\u2019t|without|avoid|never|not|must not|should not|cannot)(?: (?:use|using"
    rf"|include|including|mention|mentioning|say|saying|contain|containing|repeat|repeating|write"
    rf"|writing))?(?: (?:the|any|of|following))* (?P<kind>words?|phrases?|terms?"
    rf"|letters?) {_Q}?(?P<x>(?<=[\"“”\u2018'`])[^\"“”`\n]{{1,40}}?(?={_Q})|[\w-]+)",
    re.IGNORECASE,
)
_NO_COMMA = re.compile(
    r"\b(?:do not|don'?t|don\u2019t|without|avoid|no|not|refrain from)(?: (?:use|using|include|including"
    r"|contain|containing))?(?: (?:the|any|of))* commas?\b(?!-| separ| splice)",
    re.IGNORECASE,
)
_WRAP = re.compile(
    r"\b(?:wrap|enclose|put|surround)\w* (?:your |the )?(?:entire |whole |final )?(?:response|answer"
    r"|reply|output|title|text)? ?(?:in|with|inside|within) (?:double )?(?:quotes|quotation marks)\b",
    re.IGNORECASE,
)
_ANGLE = re.compile(r"\btitle\b[^.\n]{0,60}\bdouble angular brackets\b", re.IGNORECASE)
_SLOTS = re.compile(r"\bat least (?P<n>[0-9]{1,2}) placeholders?\b[^.\n]{0,60}\bsquare brackets\b", re.IGNORECASE)
_LETTERS = re.compile(
    r"\b(?:a|one|any) (?:\w+ )?word\b[^.\n]{0,60}?\b(?:with|has|have|of"
    r"|containing) (?:exactly )?(?P<n>[0-9]{1,2}|five|six|seven|eight|nine|ten|four|three) letters\b",
    re.IGNORECASE,
)
_SMALL = {name: at for at, name in enumerate("three four five six seven eight nine ten".split(), start=3)}
_EASY = re.compile(r"[A-Za-z]")


def look(head: str, text: str) -> Iterator[Wrong]:
    """Find formats, cases, words and marks that are asked for and missing, or forbidden and there."""
    lower = head.lower()
    if any(word in lower for word in ("json", "xml", "csv", "comma", "tab", "bullet", "list")):
        yield from _formats(head, text)
    if "case" in lower or "cap" in lower:
        yield from _case(head, text)
    if any(mark in head for mark in "\"“\u2018'`"):
        yield from _given(head, text)
    if any(word in lower for word in ("not", "n't", "n\u2019t", "without", "avoid", "never", "no commas", "refrain")):
        yield from _banned(head, text)
    if " letters" in lower and (long := _LETTERS.search(head)) and re.fullmatch(r"\W*[A-Za-z]{2,30}\W*", text):
        wanted = _SMALL.get(long["n"].casefold()) or int(long["n"])
        if (has := len(_EASY.findall(text))) != wanted:
            yield Wrong(0.8, f"asked for a word of {wanted} letters, {quote(text)} has {has}")
    if "bracket" in lower or "quot" in lower:
        yield from _marks(head, text)


def _marks(head: str, text: str) -> Iterator[Wrong]:
    if _WRAP.search(head) and not re.search(r"[\"“”]", text):
        yield Wrong(0.6, "asked for quotation marks, the answer has none")
    if _ANGLE.search(head) and not re.search(r"<<[^<>\n]+>>", text[:20_000]):
        yield Wrong(0.7, "asked for a title in double angular brackets, the answer has none")
    if (slots := _SLOTS.search(head)) and (has := len(re.findall(r"\[[^\[\]\n]{1,80}\]", text[:20_000]))) < int(
        slots["n"]
    ):
        yield Wrong(0.7, f"asked for at least {slots['n']} placeholders, the answer has {has}")


def _formats(head: str, text: str) -> Iterator[Wrong]:
    about = bool(_ABOUT.search(head))
    for asked, has, severity, name in _FORMATS[4:] if about else _FORMATS:
        if (found := asked.search(head)) and not has.search(text[:20_000]):
            yield Wrong(severity, f"asked for {name} (“{found.group()}”), the answer is {quote(text)}")
    if not about and re.search(rf"{_AS} json\b[^.\n]{{0,20}}\bonly\b|\bonly (?:valid )?json\b", head, re.IGNORECASE):
        body = re.sub(r"^\s*```(?:json)?|```\s*$", "", text.strip()[:200_000])
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            yield Wrong(0.5, f"asked for nothing but JSON, the answer is {quote(text)}")


def _case(head: str, text: str) -> Iterator[Wrong]:
    if _PART_CASE.search(head) or len(text) > 5_000:  # noqa: PLR2004
        return
    said = text.rpartition(":")[2] if text.count(":") == 1 and text.index(":") < 80 else text  # noqa: PLR2004 - an opening
    letters = [char for char in said if char.isalpha() and char.lower() != char.upper()]
    upper = sum(map(str.isupper, letters))
    if len(letters) < 4:  # noqa: PLR2004 - too few to tell
        return
    if _UPPER.search(head) and upper < 0.6 * len(letters):
        yield Wrong(0.8, f"asked for capital letters, the answer is {quote(text)}")
    elif _LOWER.search(head) and not _UPPER.search(head) and upper > max(2, 0.05 * len(letters)):
        yield Wrong(0.7, f"asked for lower case, the answer is {quote(text)}")


def _plain(text: str) -> str:
    return " ".join(words(text[:400]))


def _given(head: str, text: str) -> Iterator[Wrong]:
    if (
        (found := _BEGIN.search(head))
        and not _EACH.search(head)
        and _plain(found["x"]) not in _plain(text[: len(found["x"]) + 60])
    ):
        yield Wrong(0.7, f"asked to begin with “{found['x']}”, the answer begins {quote(text[:60])}")
    if (
        (found := _FINISH.search(head))
        and not _EACH.search(head)
        and _plain(found["x"]) not in _plain(text.rstrip()[-len(found["x"]) - 80 :])
    ):
        yield Wrong(0.7, f"asked to end with “{found['x']}”, the answer ends {quote(text[-60:])}")
    if not (found := _INCLUDE.search(head)) or re.search(
        r"\b(?:don't|not|without|avoid|or|synonyms?|instead|count|replace|rhym\w*|blank)\b", head, re.IGNORECASE
    ):
        return
    rest = found["rest"]
    wanted = re.findall(rf"(?<!\w){_Q}([A-Za-z][\w -]{{1,30}}?){_Q}(?!\w)", rest)
    if not wanted or len(text) > 20_000:  # noqa: PLR2004
        return
    there = " ".join(words(text))
    missing = [word for word in wanted if not all(_stands(part, there) for part in words(word))]
    if missing:
        yield Wrong(
            0.75 if len(missing) == len(wanted) else 0.5, f"asked to use “{missing[0]}”, which is not in the answer"
        )


def _stands(word: str, there: str) -> bool:
    """Whether a form of the word stands there: `ran` will do for `run`, `decisions` for `decision`."""
    if len(word) < 5:  # noqa: PLR2004 - short verbs are the irregular ones
        return bool(re.search(rf"\b{re.escape(word[0])}\w{{0,{len(word) + 1}}}\b", there))
    return word[: max(3, len(word) - 3)] in there


def _banned(head: str, text: str) -> Iterator[Wrong]:
    if (
        _NO_COMMA.search(head)
        and (count := text.count(","))
        and not re.search(r"\b(?:numbers?|csv|sort|list)\b", head, re.IGNORECASE)
    ):
        yield Wrong(min(0.8, 0.4 + 0.1 * count), f"asked for no commas, the answer has {count}")
    if not (found := _BAN.search(head)):
        return
    word, letter = found["x"].casefold(), found["kind"].casefold().startswith("letter")
    if letter and len(word) == 1 and (count := text.casefold().count(word)):
        yield Wrong(
            min(0.85, 0.4 + 0.05 * count), f"asked not to use the letter “{word}”, which stands there {count} times"
        )
    elif (
        not letter
        and len(word) > 1
        and word not in {"in", "that", "from", "or", "and", "of", "to", "with", "for", "count", "limit", "order", "as"}
        and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text.casefold())
    ):
        yield Wrong(0.75, f"asked not to use “{word}”, which is in the answer")
