"""Words whose opposite fits into the same sentence. One-way where the way back would be another part of speech."""

import re

_BOTH_WAYS = (
    "accept refuse, accepts refuses, accepted refused, accepting refusing, before after, always never,"
    "included excluded, includes excludes, increase decrease, increases decreases, increased decreased,"
    "increasing decreasing, highest lowest, largest smallest, longest shortest, oldest newest, fastest slowest,"
    "strongest weakest, maximum minimum, allowed forbidden, valid invalid, required optional, legal illegal,"
    "eligible ineligible, refundable non-refundable, inside outside, positive negative, eastern western,"
    "northern southern, improves worsens, improved worsened, reduces raises, reduced raised, reducing raising,"
    "prevented caused, preventing causing, enabled disabled, encrypted unencrypted,"
    "advantages disadvantages, renewable non-renewable, safe unsafe, public private, temporary permanent,"
    "voluntary compulsory, male female, strengthens weakens, strengthened weakened,"
    "successful unsuccessful, healthy unhealthy, common rare, visible invisible, possible impossible,"
    "deductible non-deductible, simplest hardest, earliest latest"
)
_ONE_WAY = (
    "permitted forbidden, prohibited allowed, mandatory optional, higher lower, dangerous harmless, biggest smallest,"
    "raises reduces, available unavailable, including excluding, benefits drawbacks, reduce raise, prevents causes,"
    " upper lower"
)
ANTONYMS = {
    **{pair.split()[1]: pair.split()[0] for pair in _BOTH_WAYS.split(",")},
    **{pair.split()[0]: pair.split()[1] for pair in (_BOTH_WAYS + "," + _ONE_WAY).split(",")},
    "at least": "at most",
    "at most": "at least",
    "more than": "less than",
    "less than": "more than",
}
ANTONYM = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, ANTONYMS), key=len, reverse=True))})(?![\w-])", re.IGNORECASE
)
_AFTER_IDIOM = re.compile(
    r"(?:\b(?:look|looks|looking|named|sought|soon|shortly|thereafter|day|year|time|never|than|not|almost|as|if|best"
    r"|whenever"
    r"|wherever|the|ever|week|month|long|right) )$",
    re.IGNORECASE,
)
_IDIOM_AFTER = re.compile(
    r"^ (?:all|that|this|mind|ever|again|more|and after|or after|and before|or before|of)\b|^[,;]"
)
_PREDICATIVE = frozenset(
    "available possible impossible valid legal safe unsafe required optional included enabled allowed common rare"
    " eligible"
    " public private visible healthy successful positive negative".split()
)
_BE = re.compile(r"\b(?:is|are|was|were|be|being|been|not|always|fully|clearly|also)(?: \w{1,12}ly)? $", re.IGNORECASE)
_TIMES = frozenset(("before", "after", "always", "never"))
_SUPERLATIVE = re.compile(r"(?:est|maximum|minimum)$")


def stands_apart(said: str, start: int, end: int) -> bool:
    """Whether a word stands where its opposite would not fit: in an idiom, or before a noun that it belongs to."""
    word, before, after = said[start:end].lower(), said[:start], said[end:]
    if word in _TIMES:
        opens = not before and word in {"before", "after"}
        return opens or bool(_AFTER_IDIOM.search(before) or _IDIOM_AFTER.search(after))
    if word in _PREDICATIVE:
        return not _BE.search(before) or bool(re.match(r" [a-z]+ (?:is|are)\b", after))
    if _SUPERLATIVE.search(word):
        return not re.search(r"\b(?:the|its|their|a|your) $", before, re.IGNORECASE)
    return False
