"""When a changed fact would be no defect: nothing fixed it, or it only was an example."""

import re

from judge.corpus import Answer
from judge.language.prose import looks_like_code, wants_code, words
from judge.planting._ground import Ground

_INVENTS = re.compile(
    r"\b(?:stor(?:y|ies)|tale|poems?|poetry|haiku|lyrics?|limerick|jokes?|riddles?|fiction\w*|imagin(?:e|ary)|invent"
    r"|made[- ]up|make up|creative\w*|creat(?:e|ing)|role[- ]?play|pretend|act as|dialog(?:ue)?|screenplay|slogan"
    r"|tagline"
    r"|brainstorm|ideas?|suggest\w*|recommend\w*|examples?|samples?|random\w*|generat(?:e|ing)|compos(?:e|ing)|design"
    r"|draft|recipe|hypothe\w+|scenarios?|metaphors?|similes?|analog(?:y|ies))\b"
    r"|\b(?:write|make|prepare|develop|give|come up with|put together|construct|produce|provide|need"
    r"|describe)\b[^.?!\n]{0,40}"
    r"\b(?:song|rap|conversation|scenes?|characters?|tweet|post|caption|headline|titles?|plan|schedule|itinerary"
    r"|menu|budget"
    r"|letter|e-?mail|message|review|ad|advert(?:isement)?|blurb|speech|resume|sentences?|quotes?|names? for|paragraph"
    r"|description|profile|bio(?:graphy)?|note|person|day|place|house|room|picture)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:for (?:example|instance)|e\.g|such as|suppose|imagine|let's say|hypothetical\w*|likes? of|including|among"
    r"|examples?|sample|similar to|or so|could be|might be|may be)\b|\be\.g\.|\blike\b(?! to)",
    re.IGNORECASE,
)
_FICTION = re.compile(
    r"\b(?:stor(?:y|ies)|tale|poems?|poetry|lyrics?|song|rap|jokes?|riddles?|fiction\w*|role[- ]?play|pretend|act as"
    r"|dialog(?:ue)?|screenplay|scenes?|characters?|monologue|tweet|caption|slogan|comedy|comic|satir\w+"
    r"|sarcas\w+|iron(?:y|ic\w*)|humou?r\w*|funny|witty|casual\w*|informal\w*|slang|rude\w*|insult\w*|offensive|angry"
    r"|roast|apolog\w+|tone|style|persona|pirate|imitate|impersonate|meme|sentiment|emotions?)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:pretend|role[- ]?play|in character|persona|pirate|you (?:always )?speak (?:like|as))\b", re.IGNORECASE
)
_LANGUAGE = re.compile(
    r"\b(?:html|css|xml|json|yaml|csv|sql|python|java|javascript|jinja|latex|php|bash|regex|source code|code"
    r" snippet)\b|\bC\+\+"
    r"|\b(?:write|create|implement|debug|fix)\b[^.?!\n]{0,30}\b(?:function|script|program|code|algorithm|query)\b",
    re.IGNORECASE,
)
_ASKS_FORMAT = re.compile(
    r"\b(?:tables?|columns?|rows?|html|xml|json|yaml|csv|markdown|latex|bullets?|format\w*|tags?|list of dict\w*"
    r"|dictionar(?:y|ies)|array|schema|web ?page|template|structured|serialis\w+|serializ\w+|parse|regex|code|script"
    r"|escape|encode\w*|symbols?|punctuation)\b",
    re.IGNORECASE,
)
_SMALL = frozenset(
    "a an and are as at be by can for from have i in is it not of on or that the this to was we with you your".split()
)
_ASKED = 6_000  # characters of what was asked that are looked at


def invents(answer: Answer) -> bool:
    """Whether the prompt asks for something made up, so that another number or name would do as well."""
    return bool(_INVENTS.search(answer.asked[-_ASKED:]))


def fiction(answer: Answer) -> bool:
    """Whether the prompt asks for a voice of its own: a story, a role, a tone."""
    return bool(_FICTION.search(answer.asked[-_ASKED:])) or any(
        turn.role == "system" and _ROLE.search(turn.content[:_ASKED]) for turn in answer.history
    )


def is_code(answer: Answer) -> bool:
    """Whether the answer is program text or markup, or such is asked for by name."""
    return looks_like_code(answer.text) or bool(_LANGUAGE.search(answer.asked[-_ASKED:]))


def asks_format(answer: Answer) -> bool:
    """Whether a format of any kind is asked for, or the answer is code."""
    asked = answer.asked[-_ASKED:]
    return is_code(answer) or wants_code(asked) or bool(_ASKS_FORMAT.search(asked))


def aside(sentence: str) -> bool:
    """Whether the sentence gives examples rather than facts."""
    return bool(_ASIDE.search(sentence))


def fixed(answer: Answer, ground: Ground, token: str, sentence: str) -> bool:
    """Whether a number or name stands for a fact: given by prompt, context or guide, or at least not made up."""
    given = ground.known(answer)
    if re.search(rf"(?<![\w.,]){re.escape(token)}(?![\w]|[.,]\d)", given):
        return True
    return not invents(answer) and not aside(sentence)


def english(text: str) -> bool:
    """Whether a text is English, told by its small words."""
    said = words(text[:_ASKED])
    return sum(word in _SMALL for word in said) * 8 >= len(said) > 0
