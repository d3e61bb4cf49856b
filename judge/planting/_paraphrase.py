"""The same question in other words, by rules: turned round, with synonyms, politer or plainer."""

import re

from judge.language.prose import normalise
from judge.planting._draw import Draw
from judge.planting._spans import cased, masked, splice, with_article

_NOUNS = (
    "error mistake, mistake error, options choices, method way, ways methods, methods ways, benefits advantages,"
    "advantages benefits, difference distinction, causes reasons, problem issue, issue problem, problems issues,"
    "issues problems, trouble difficulty, invoice bill, bill invoice, invoices bills, bills invoices, refund"
    " reimbursement,"
    "reimbursement refund, information details, details information, large big, quickly fast, incorrect wrong,"
    "wrong incorrect, permitted allowed, allowed permitted, important significant, main principal, canceling"
    " cancelling,"
    "assistance help, items products, products items, product item, shipping delivery, shipment delivery"
)
_VERBS = (
    "purchase buy, buy purchase, obtain get, receive get, begin start, start begin, change modify, modify change,"
    " edit change,"
    "remove delete, delete remove, find locate, locate find, check verify, verify check, view see, see view, try"
    " attempt,"
    "talk speak, speak talk, shut close, close shut, terminate end, reset restore, explain describe, describe explain"
)
_NOUN, _VERB = (dict(pair.split() for pair in pairs.split(",")) for pairs in (_NOUNS, _VERBS))
_SYNONYM = _NOUN | _VERB
_WORD = re.compile(
    rf"\b(?:{'|'.join(sorted(_NOUN, key=len, reverse=True))})\b"
    rf"|(?:(?<=\b[Tt]o )|(?<=\bcan )|(?<=\band ))(?:{'|'.join(sorted(_VERB, key=len, reverse=True))})\b(?! (?:out|up"
    rf"|down|off|in|over)\b)",
    re.IGNORECASE,
)
_CONTRACTIONS = (
    ("I am", "I'm"), ("what is", "what's"), ("do not", "don't"), ("cannot", "can't"), ("I have", "I've"), ("it is",
    "it's"),
    ("how is", "how's"), ("I would", "I'd"), ("does not", "doesn't"), ("is not", "isn't"), ("who is", "who's"),
)  # fmt: skip
_ASKING = "explain|describe|list|name|identify|define|find|summari[sz]e|discuss|compare|give|tell me"
_TURNS = (  # how a question is asked: the pattern, and other ways to say it
    (r"how (?:do|can|could|should|would) I (?P<rest>[^?.!\n]{3,200})[?.]?", (
        "what is the way to {rest}?", "tell me how to {rest}", "I want to know how to {rest}",
        "what do I have to do to {rest}?",
        "can you show me how to {rest}?", "I'd like to {rest}, how does that work?")),
    (r"(?:can|could|would) you (?:please )?(?P<rest>[^?.!\n]{3,200})\?", (
        "please {rest}", "I would like you to {rest}", "would it be possible for you to {rest}?",
        "I need you to {rest}")),
    (r"can I (?P<rest>[^?.!\n]{3,200})\?", (
        "am I able to {rest}?", "is it possible for me to {rest}?", "I wonder whether I can {rest}", "may I {rest}?")),
    (r"what (?:is|are) (?P<rest>[^?.!\n]{3,200})\?", (
        "can you tell me about {rest}?", "I would like to know about {rest}", "tell me about {rest}")),
    (r"(?:I want to|I need to|I would like to|I'd like to) (?P<rest>[^?.!\n]{3,200})[.!]?", (
        "how can I {rest}?", "I am trying to {rest}", "my aim is to {rest}", "I wish to {rest}")),
    (rf"(?P<verb>{_ASKING}) (?P<rest>[^?\n]{{3,300}}?)[.!]?", (
        "could you {verb} {rest}?", "please {verb} {rest}", "I would like you to {verb} {rest}",
        "I need you to {verb} {rest}")),
    (r"(?:I don't know how to|I do not know how to) (?P<rest>[^?.!\n]{3,200})[.!]?", (
        "I have no idea how to {rest}", "how do I {rest}?", "help me to {rest}")),
    (r"(?P<when>if [^,?.!\n]{3,100}), (?P<rest>[^,?.!\n]{3,100})\?", ("{rest} {when}?",)),
)  # fmt: skip
_POLITE = {
    "before": ("hi, ", "hello! ", "quick question: ", "excuse me, ", "good morning, ", "one thing: ", "hey there, "),
    "after": (" Thanks!", " Thank you.", " Thanks in advance.", " Many thanks!", " Please let me know."),
}
_LONGEST = 1_500  # characters of a prompt that is put in other words
_MANNERS = 4  # politer before, politer after, plainer, as it is
_CHANGES = 3  # synonyms put in


def paraphrase(prompt: str, draw: Draw) -> str | None:
    """Say a prompt in other words; None where no rule applies, or where it is long, or holds code or quotations."""
    text = prompt.strip()
    if not text or len(text) > _LONGEST or "\0" in masked(text) or "\n" in text:
        return None
    said = _turned(text, draw)
    turned = said != text
    said = _synonyms(said, draw)
    if not turned and normalise(said) == normalise(text):
        return None
    said = _contracted(said, draw)
    manner = draw.below(_MANNERS)
    if manner == 0:
        said = draw.pick(_POLITE["before"]).capitalize() + (
            said if re.match(r"I\b", said) else said[:1].lower() + said[1:]
        )
    elif manner == 1 and said.endswith(("?", ".", "!")):
        said += draw.pick(_POLITE["after"])
    elif manner == _MANNERS - 2:
        said = said.lower().rstrip("?.!")
    return said if normalise(said) != normalise(text) else None


def _turned(text: str, draw: Draw) -> str:
    for pattern, ways in _TURNS:
        if found := re.fullmatch(pattern, text, re.IGNORECASE):
            parts = {key: value for key, value in found.groupdict().items() if value}
            parts = {key: value.lower() if key in {"verb", "when"} else value for key, value in parts.items()}
            made = draw.pick(ways).format(**parts)
            return made[:1].upper() + made[1:]
    return text


def _synonyms(text: str, draw: Draw) -> str:
    found = draw.shuffled(list(_WORD.finditer(text)))[:_CHANGES]
    for word in sorted(found, key=lambda one: -one.start()):
        start, new = with_article(text, word.start(), cased(word.group(), _SYNONYM[word.group().lower()]))
        text = splice(text, start, word.end(), new)
    return text


def _contracted(text: str, draw: Draw) -> str:
    for old, new in draw.pick([((long, short), (short, long)) for long, short in _CONTRACTIONS]):
        if found := re.search(rf"\b{old}\b", text, re.IGNORECASE):
            return splice(text, *found.span(), cased(found.group(), new))
    return text
