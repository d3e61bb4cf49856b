"""Names in a set: where they stand, what stands around them, and which of them could take another's place."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_WORD = r"[A-Z][\w-]{1,24}"
_NAME = re.compile(
    rf"(?:(?<=[a-z0-9,;)\u2019] )|(?<=[a-z0-9,;:] ['\"“\u2018*]))(?P<name>{_WORD}(?: (?:of the |of |to |for |de"
    rf" )?{_WORD}){{0,3}})"
)
_BESIDE = re.compile(r"([a-z]+)[^\w\n]{1,3}$")
_BEHIND = re.compile(r"[^\w\n]{0,2}[ ]['\"]?([a-z]+)")
_NO_NAMES = frozenset(
    (
        "I Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August"
        " September October November December Yes No OK Please The This That These Those You Your We Our It If When"
        " AM PM"
        " AD BC Step Note Example English"
    ).split()
)
_KINDS = {
    "country": (
        "France Germany Italy Spain Portugal Poland Sweden Norway Denmark Finland Ireland Scotland England Greece"
        " Turkey Russia Ukraine Austria Switzerland Belgium Netherlands China Japan India Pakistan Indonesia"
        " Thailand Vietnam Australia Canada Mexico Brazil Argentina Chile Peru Colombia Egypt Kenya Nigeria Morocco"
        " Israel Iran Iraq South_Africa New_Zealand Saudi_Arabia South_Korea United_Kingdom"
    ),
    "city": (
        "Paris London Berlin Rome Madrid Vienna Athens Lisbon Dublin Moscow Warsaw Prague Budapest Stockholm Oslo"
        " Copenhagen Amsterdam Brussels Tokyo Beijing Shanghai Delhi Mumbai Sydney Melbourne Toronto Montreal"
        " Chicago Boston Seattle Houston Dallas Denver Miami Cairo Istanbul Barcelona Munich Milan Venice Florence"
        " New_York Los_Angeles San_Francisco Hong_Kong Washington Philadelphia"
    ),
    "people": (
        "French German Italian Spanish Portuguese Polish Swedish Norwegian Danish Finnish Irish Scottish Greek"
        " Turkish Russian Austrian Swiss Belgian Dutch Chinese Japanese Indian Thai Australian Canadian Mexican"
        " Brazilian Roman Egyptian American British European African Asian"
    ),
    "company": (
        "Google Microsoft Apple Amazon Facebook Twitter Netflix Spotify Samsung Sony Intel IBM Nike Adidas Toyota"
        " Honda Ford BMW Tesla Uber Airbnb PayPal Visa Mastercard FedEx UPS DHL Instagram LinkedIn YouTube"
    ),
    "planet": "Mercury Venus Mars Jupiter Saturn Uranus Neptune Pluto",
    "continent": "Europe Africa Asia Antarctica North_America South_America",
}
_KIND = {name.replace("_", " "): kind for kind, names in _KINDS.items() for name in names.split()}
_FIRST_NAMES = frozenset(
    (
        "Adam Albert Alice Amy Andrew Anna Anne Barbara Ben Bill Bob Carla Charles Chris Daniel David Diana Donald"
        " Edward Elizabeth Emily Emma Eric Frank Fred George Grace Helen Henry Isaac Jack James Jane Jennifer"
        " Jessica Jim Joe John Joseph Julia Karen Kate Kevin Laura Linda Lisa Louis Lucy Maria Mark Martin Mary Max"
        " Michael Nancy Nicholas Oliver Paul Peter Rachel Richard Robert Rosa Ruth Sam Sarah Sophia Stephen Steve"
        " Susan Thomas Tom Victor William"
    ).split()
)
_ALIASES = (
    {"add to cart", "buy now", "place order", "checkout", "proceed to checkout", "order now"},
    {"log in", "login", "sign in", "sign up", "register", "create account", "open account"},
    {"settings", "account settings", "profile", "my account", "my profile", "account"},
    {"usa", "us", "america", "american", "united states", "united states of america"},
    {"uk", "britain", "great britain", "england", "united kingdom", "british"},
)
_CONTACT = re.compile(r"\b(?:live|chat|contact|support|help|service|care|assistance|agents?|desk|hotline)\b")
_LOOSE = frozenset(
    "a an and or but of to with for from by at in on is are was were as that it our your their its".split()
)
_WORD_LENGTH = 3  # letters of a word that tells names apart
_PER_TEXT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """
    A name that recurs.

    Attributes:
        rows: ids of the rows that have it.
        before, after: how often each lower-case word stands beside it.

    """

    text: str
    rows: set[str] = field(default_factory=set)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)


def mentions(text: str) -> Iterator[tuple[int, str]]:
    """Names inside sentences, each with its place: never at a sentence's start, where any word has a capital."""
    for _, found in zip(range(_PER_TEXT), _NAME.finditer(text), strict=False):
        name = found["name"]
        if not set(name.split()) & _NO_NAMES and not _is_title(text, found.start()):
            yield found.start("name"), name


def collect(texts: Iterable[tuple[str, str]]) -> Mapping[str, Name]:
    """Read the names of (row id, text) pairs; keep those that two rows have and that no row writes in lower case."""
    found: dict[str, Name] = {}
    plain: Counter[str] = Counter()
    for row, text in texts:
        plain.update(set(re.findall(r"(?<![\w-])[a-z]+(?![\w-])", text)))
        for start, text_of in mentions(text):
            name = found.setdefault(text_of, Name(text=text_of))
            name.rows.add(row)
            before, after = beside(text, start, start + len(text_of))
            name.before[before] += 1
            name.after[after] += 1
    return {
        text: name
        for text, name in found.items()
        if len(name.rows) > 1 and (" " in text or text in _KIND or plain[text.lower()] * 10 < len(name.rows))
    }


def beside(text: str, start: int, end: int) -> tuple[str, str]:
    """Find the lower-case words next to a place; empty where there is none."""
    before, after = _BESIDE.search(text[max(0, start - 30) : start]), _BEHIND.match(text[end : end + 30])
    return (before[1] if before else ""), (after[1] if after else "")


def could_stand_for(old: Name, new: Name, place: tuple[str, str]) -> bool:
    """Whether the sentence stays well-formed with the other name: one kind, or the same words beside both."""
    if _kind(old.text) or _kind(new.text):
        return _kind(old.text) == _kind(new.text)
    shape = (old.text.isupper(), old.text.endswith("s"), old.before["the"] > 0)
    if shape != (new.text.isupper(), new.text.endswith("s"), new.before["the"] > 0):
        return False
    before, after = place
    if after and after not in _LOOSE:
        return after in new.after
    telling = before and before not in _LOOSE and abs(old.text.count(" ") - new.text.count(" ")) <= 1
    return bool(telling) and before in new.before


def _kind(name: str) -> str:
    return _KIND.get(name) or ("person" if name.split(" ", 1)[0] in _FIRST_NAMES else "")


def are_akin(one: str, other: str) -> bool:
    """Whether two names may mean the same: a word in common, one the other's initials, or known aliases."""
    left, right = one.lower(), other.lower()
    stems = [{word[:4] for word in text.split() if len(word) >= _WORD_LENGTH} for text in (left, right)]
    initials = ["".join(word[0] for word in text.split()) for text in (left, right)]
    if _CONTACT.search(left) and _CONTACT.search(right):  # two ways to reach somebody
        return True
    if left == initials[1] or right == initials[0]:
        return True
    return bool(stems[0] & stems[1]) or any({left, right} <= group for group in _ALIASES)


def _is_title(text: str, at: int) -> bool:
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    line = text[max(start, at - 300) : min(end if end >= 0 else len(text), at + 300)]
    words: list[str] = re.findall(r"[A-Za-z]{4,}", line)
    return sum(word[0].isupper() for word in words) * 2 > len(words)
