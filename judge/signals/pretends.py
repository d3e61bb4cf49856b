"""
The answer pretends to what a text model cannot have done: seen a picture, opened a link, made an image, read live data.

The prompt asks for it, or cannot be answered without it; the answer neither declines nor says that it lacks it.
"""

import re
from collections.abc import Iterator

from judge.corpus import Answer, Corpus
from judge.language.prose import looks_like_code, quote
from judge.records import Finding
from judge.signals import Signal

_ARTWORK = (
    r"(?:painting|photo(?:graph)?s?|pictures?|images?|screenshots?|video|audio|artwork|piece of art|drawing"
    r"|histograms?|clip)"
)
_MADE = (
    r"(?:logos?|images?|pictures?|drawings?|cartoons?|comics?|posters?|banners?|icons?|graphics?|illustrations?|photos?"
    r"|mock-?ups?|wireframes?|flow ?charts?|infographics?|t-?shirts?|animations?|videos?|melody|3D (?:model"
    r"|object|print|image|rendering)|chessboard|diagrams?)"
)
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_READ = re.compile(
    r"\b(?:summari[sz]e|describe|evaluate|compare|analy[sz]e|classify|identify|explain|find|open|read|visit"
    r"|extract|review|critique"
    r"|article|page|site|website|url|link)\b",
    re.IGNORECASE,
)
_SEE = re.compile(
    rf"\b(?:this|these|the following|the given|given|attached|below|above)\b(?: \w+){{0,3}} {_ARTWORK}\b"
    rf"|\b{_ARTWORK} (?:below|above|attached|provided|shown)\b|!\[[^\]]*\]\(|\[(?:insert "
    rf"|attach )?(?:an? )?{_ARTWORK}[^\]]*\]",
    re.IGNORECASE,
)
_MAKE = re.compile(
    rf"\b(?:create|design|draw|generate|make|sketch|paint|construct|produce|record|build|render"
    rf"|write) (?:me )?(?:an?|the|some|two"
    rf"|three)?(?: [\w'-]+){{0,4}}? ?{_MADE}\b|^\s*(?:please |can you )?(?:draw|sketch|paint"
    rf"|photograph)\b (?:an?|the)\b"
    r"|\bprint (?:out )?an? 3D\b",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"\b(?:search|browse) (?:the )?(?:web|internet|online)\b|^\s*google (?!')|\bgoogle (?:the|for)\b|\blook up online\b"
    r"|\b(?:weather|forecast|temperature)\b.{0,30}\b(?:today|tomorrow|now|right now|current(?:ly)?|this week"
    r"|in [A-Z]\w+\?)"
    r"|\b(?:today|tomorrow|current(?:ly)?|latest|recent|right now|outside)\b.{0,40}\b(?:weather|temperature"
    r"|forecast|news|headlines?"
    r"|price|stock|exchange rate|score|president|time is it|event)\b|\b(?:find|list"
    r"|gather) (?:\w+ ){0,2}online (?:sources|articles)",
    re.IGNORECASE | re.MULTILINE,
)
_EMBEDDED = re.compile(
    r"!\[[^\]\[\n]{0,200}\]\([^)\n]{0,500}\)|<img\b[^<>]{0,500}>|\b(?:imgur|ibb)\.c(?:om|o)\b", re.IGNORECASE
)
_IN_CODE = re.compile(r"(?<![.\w])(?:html|css|svg|code|python|javascript|latex|ascii|regex|sql|json)\b", re.IGNORECASE)
_IN_WORDS = re.compile(
    r"\b(?:slogan|tagline|name|caption|title|prompt|description|ideas?|steps?|how to|list of)\b", re.IGNORECASE
)
_ASKS_ABOUT = re.compile(r"\s*(?:how|what|why|when|which|who|where|is|are|does|should)\b", re.IGNORECASE)
_NOT_GIVEN = re.compile(
    r"\b(?:given|the following|this|the provided|attached) (?:\w+ )?(?:article|website|database|document"
    r"|data ?set|passage|file|report"
    r"|spreadsheet|chart|graph|table|url)\b",
    re.IGNORECASE,
)
_HONEST = re.compile(
    r"\b(?:cannot|can't|can\u2019t|unable|not able|don't have access|do not have access|no access|not provided"
    r"|please (?:provide|share|check)"
    r"|as an ai|depends on|varies)\b",
    re.IGNORECASE,
)
_DID = re.compile(
    r"\bI(?:'ve| have|\u2019ve)? (?:just )?(?:looked (?:it )?up|searched (?:the web|online|google)|browsed"
    r"|googled|watched the|listened to the)\b"
    r"|\bI (?:can )?see (?:in|from) (?:the|your) (?:image|picture|photo|screenshot)\b",
    re.IGNORECASE,
)

_BARE = 20  # words up to which a prompt can hold no article
_BRIEF = 40  # words around a link above which the prompt may well hold the text itself


def find(corpus: Corpus) -> Iterator[Finding]:
    """Severity 1 for an embedded picture that does not exist, down to 0.4 for a picture described instead of made."""
    shown = {answer.at for answer in corpus.saying(_EMBEDDED, _DID)}
    asked = {answer.at for answer in corpus.asking(_LINK, _SEE, _LIVE, _MAKE, _NOT_GIVEN)}
    for at in sorted(shown | asked):
        answer = corpus.answers[at]
        if answer.calls_tool or answer.grounds or not answer.text.strip():
            continue
        severity, because = _look(answer)
        if severity:
            yield answer.finding("pretends", "factual", severity, because)


def _look(answer: Answer) -> tuple[float, str]:
    prompt, text = answer.prompt[-4_000:], answer.text
    coding = bool(_IN_CODE.search(_LINK.sub(" ", prompt))) or looks_like_code(text)
    if (shown := _EMBEDDED.search(text)) and shown.group() not in answer.asked and (_MAKE.search(prompt) or not coding):
        return 1.0, f"the answer shows a picture that a text model cannot have made: {quote(shown.group())}"
    if _HONEST.search(text[:2_000]):
        return 0.0, ""
    if did := _DID.search(text):
        return 0.6, f"the answer claims to have done what a text model cannot: {quote(did.group())}"
    if (link := _LINK.search(prompt)) and _READ.search(prompt) and not coding:
        rest = len(prompt.split()) - len(_LINK.findall(prompt))
        severity = 0.4 if "/" not in link.group().split("://")[-1].rstrip("/") else 0.9
        return (severity if rest < _BRIEF else 0.3), f"the answer pretends to have opened {quote(link.group())}"
    instruction = prompt.strip().split("\n\n", 1)[0][:400]
    for severity, kind, claim in (
        (0.9, _SEE, "to have seen what the prompt only speaks of"),
        (0.8, _LIVE, "to know what only a search or live data can tell"),
        (0.5, _MAKE, "that words are the picture or object asked for"),
        (0.4, _NOT_GIVEN, "to know what the prompt speaks of and does not give"),
    ):
        if kind is _NOT_GIVEN and (len(answer.asked.split()) > _BARE or re.search(r"[\n:\"“”]", prompt.strip())):
            continue
        if kind is _MAKE and (_IN_WORDS.search(instruction) or _ASKS_ABOUT.match(instruction)):
            continue
        if (asked := kind.search(prompt if kind is _SEE else instruction)) and not coding:
            return severity, f"the answer pretends {claim}: the prompt says {quote(asked.group())}"
    return 0.0, ""


SIGNAL = Signal(name="pretends", rubric="factual", weight=0.85, find=find)
