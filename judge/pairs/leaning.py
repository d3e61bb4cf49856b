"""
From groups that disagree to rows: which camp is more likely wrong, and how much that says against its rows.

Majority is not truth. Only where it is at least three independent rows and three times as many does the minority alone
gain suspicion, and what the guide or a row's own reference text says comes first; then which sources the set's owner
trusts. Where nothing leans, where the smaller camp is of another source, which may be the newer, or names a date, both
sides are marked, and told so.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from judge.corpus import Corpus
from judge.language.prose import quote
from judge.pairs.amounts import MONTHS
from judge.pairs.camps import Disagreement
from judge.pairs.conflict import Claim
from judge.pairs.reading import Reading, read
from judge.pairs.scoring import Sides
from judge.pairs.sentence import Names
from judge.pairs.side import overlap
from judge.records import Standing
from judge.text import counted

_TRUSTED = 1.5  # times as much trust in the least trusted row of a camp as in any row of the others decides for it
IMBALANCE = 3  # times as many independent rows, and at least so many, make a majority
_EVEN = 0.5  # part of a probability that says against each side where nothing leans
_OLD = 0.4  # and against a large camp that a newer one may have overtaken
_BETTER = 0.25  # difference of the camps' mean severities from which rubric scores lean
_PARTNERS = 5  # named of one row,
_OTHERS = 10  # and looked at for that, of each other camp
_NEAR = 0.5  # share of content words from which two sentences are about one thing
_SHOWN = 50  # members whose reference text is looked at
_ANY = Names(known=frozenset(), spoken=frozenset())  # a claim is about no names
_SOURCES = 4  # that are named
_Voice = tuple[float, str]  # trust in an answer, and the source that it is trusted for
_DATE = re.compile(
    r"\b(?:19|20)[0-9]{2}\b|\b(?:as of|effective|from now on|until recently|previously|used to)\b"
    rf"|\bsince (?:{'|'.join(sorted(MONTHS))})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lean:
    """
    Who has the better case.

    Attributes:
        parts: for each camp what part of a probability says against its rows, in [0, 1].
        why: in words; empty where nothing leans.
    """

    parts: tuple[float, ...]
    why: str


def independent(corpus: Corpus, members: Sequence[int]) -> int:
    """How many answers are no copies of each other."""
    return len(set(corpus.kin.copy[list(members)].tolist()))


def lean(
    corpus: Corpus,
    group: Disagreement,
    sides: Sides,
    severity: Mapping[str, float],
    trust: Mapping[str, float] = MappingProxyType({}),
) -> Lean:
    """
    Weigh the camps of a group.

    Args:
        corpus: the set.
        group: with camps, largest first.
        sides: the answers as they are compared.
        severity: by example id, of the judge's verdict on facts, if there is one.
        trust: by source, in (0, 1]; a source that is not named has 1. Only how it differs within the group matters.
    """
    camps = [members for _, _, members in group.camps]
    for source, stated in (("the guide", _guide(group, sides)), ("a row's reference text", _context(corpus, group))):
        if stated is not None:
            return _against_others(camps, stated, f"{source} says {quote(group.camps[stated][0], 40)}")
    voices = [_voices(corpus, members, trust) for members in camps]
    if trusted := _trusted(voices):
        return _against_others(camps, *trusted)
    counts = _weighed(voices)
    most, other = sorted(range(len(camps)), key=lambda camp: -counts[camp])[:2]
    if counts[most] >= IMBALANCE and counts[most] >= IMBALANCE * counts[other]:
        if hint := _newer(corpus, camps, most):
            return _mostly(camps, most, f"{hint}: both are marked, as the smaller may be the newer")
        rows = [len(voices[most]), len(voices[other])]
        by_trust = f", {counts[most]:g} to {counts[other]:g} by trust" if rows != [counts[most], counts[other]] else ""
        return _against_others(camps, most, f"{rows[0]} independent rows against {rows[1]}{by_trust}")
    best = _better(corpus, camps, severity)
    if best is None:
        return Lean(parts=(_EVEN,) * len(camps), why="")
    return _mostly(camps, best, f"the judge grades the facts of {quote(group.camps[best][0], 40)} better")


def _voices(corpus: Corpus, members: Sequence[int], trust: Mapping[str, float]) -> list[_Voice]:
    """Trust and source of each of a camp's answers; of one that several sources have, those of the most trusted."""
    voices: dict[int, _Voice] = {}
    for at, copy in zip(members, corpus.kin.copy[list(members)].tolist(), strict=True):
        source = corpus.answers[at].example.source
        believed = trust.get(source, 1.0)
        if copy not in voices or believed > voices[copy][0]:
            voices[copy] = believed, source
    return list(voices.values())


def _weighed(voices: Sequence[Sequence[_Voice]]) -> list[float]:
    """How many rows each camp counts for, where one of the most trusted in the group counts 1."""
    most = max((trust for camp in voices for trust, _ in camp), default=1.0)
    return [round(sum(trust / most for trust, _ in camp), 6) for camp in voices]


def _trusted(voices: Sequence[Sequence[_Voice]]) -> tuple[int, str] | None:
    """The camp of whose rows each is trusted clearly more than any row of the others, and by how much."""
    best = max(range(len(voices)), key=lambda camp: min(voices[camp], default=(0.0, ""))[0])
    ours, theirs = voices[best], [voice for camp, said in enumerate(voices) if camp != best for voice in said]
    least, most = (pick((trust for trust, _ in said), default=1.0) for pick, said in ((min, ours), (max, theirs)))
    if least < _TRUSTED * most:
        return None
    more, less = (list(dict.fromkeys(source for _, source in said)) for said in (ours, theirs))
    verb = "is" if len(more) == 1 else "are"
    return best, f"{_list(more)} {verb} trusted more than {_list(less)} ({least:g} against {most:g})"


def _list(sources: Sequence[str]) -> str:
    more = f" and {len(sources) - _SOURCES} more" if len(sources) > _SOURCES else ""
    return ", ".join(sources[:_SOURCES]) + more


def _better(corpus: Corpus, camps: Sequence[Sequence[int]], severity: Mapping[str, float]) -> int | None:
    """The camp whose rows the judge grades clearly better on facts than those of every other."""
    names = [[corpus.answers[at].example.id for at in members] for members in camps]
    graded = [[severity[name] for name in camp if name in severity] for camp in names]
    if not all(graded):
        return None
    means = [sum(camp) / len(camp) for camp in graded]
    best = min(range(len(camps)), key=means.__getitem__)
    return best if sorted(means)[1] - means[best] >= _BETTER else None


def standings(corpus: Corpus, group: Disagreement, leaning: Lean) -> Iterator[Standing]:
    """What a group says of each row in it that contradicts another; several may be of one row."""
    camp_of = {at: camp for camp, (_, _, members) in enumerate(group.camps) for at in members}
    against: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for one in group.found:
        against[one.pair.left].append((one.probability, one.pair.right))
        against[one.pair.right].append((one.probability, one.pair.left))
    others = [
        [at for n, (*_, who) in enumerate(group.camps) if n != camp for at in who[:_OTHERS]]
        for camp in range(len(group.camps))
    ]
    told = _told(corpus, group, leaning)
    for at, camp in camp_of.items():
        severity = max((p for p, _ in against[at]), default=group.found[0].probability) * leaning.parts[camp]
        partners = [*(other for _, other in against[at][:_OTHERS]), *others[camp]]
        if severity > 0:
            yield _standing(corpus, (at, partners), group.found[0].kind, severity, told)
    for one in group.found:  # on another matter than the group's
        for at, partner in ((one.pair.left, one.pair.right), (one.pair.right, one.pair.left)):
            if at not in camp_of:
                because = f"{quote(one.pair.conflict.left)} against {quote(one.pair.conflict.right)}"
                yield _standing(corpus, (at, [partner]), one.kind, one.probability * _EVEN, because)


def _standing(corpus: Corpus, who: tuple[int, Sequence[int]], kind: str, severity: float, because: str) -> Standing:
    at, partners = who
    answer = corpus.answers[at]
    names = dict.fromkeys(corpus.answers[other].example.id for other in partners)
    return Standing(
        example_id=answer.example.id,
        turn=answer.turn,
        kind=kind,
        severity=round(severity, 6),
        because=because,
        partners=tuple(name for name in names if name != answer.example.id)[:_PARTNERS],
    )


def _told(corpus: Corpus, group: Disagreement, leaning: Lean) -> str:
    asks = corpus.answers[group.members[0]].prompt
    camps = ((independent(corpus, who), quote(words)) for words, _, who in group.camps)
    says = ", ".join(f"{counted(many, 'row')} {'says' if many == 1 else 'say'} {words}" for many, words in camps)
    why = f"; {leaning.why}" if leaning.why else "; nothing says which is right"
    return f"asked {quote(asks, 50)}: {says}{why}"


def _against_others(camps: Sequence[Sequence[int]], favoured: int, why: str) -> Lean:
    return Lean(parts=tuple(0.0 if camp == favoured else 1.0 for camp in range(len(camps))), why=why)


def _mostly(camps: Sequence[Sequence[int]], favoured: int, why: str) -> Lean:
    return Lean(parts=tuple(_OLD if camp == favoured else 1.0 for camp in range(len(camps))), why=why)


def _guide(group: Disagreement, sides: Sides) -> int | None:
    """The only camp that the guide agrees with."""
    return _only(group, [sides.guide])


def _context(corpus: Corpus, group: Disagreement) -> int | None:
    """The only camp that a member's reference text or lookups agree with; what users say is no reference."""
    grounds = ("\n".join(corpus.answers[at].grounds) for at in group.members[:_SHOWN])
    texts = [read(text, _ANY, loose=True) for text in grounds if text]
    return _only(group, texts)


def _only(group: Disagreement, texts: Sequence[Reading]) -> int | None:
    """
    The only camp whose amount one of some texts gives.

    Sentences do not lean: another sentence may well agree with both. Nor do rows of a table, which give an amount for
    each country or plan.
    """
    agree = [any(_gives(text, claim) for text in texts) for _, claim, _ in group.camps]
    return agree.index(True) if sum(agree) == 1 else None


def _gives(text: Reading, claim: Claim) -> bool:
    unit, value, about, _ = claim
    if not unit or value not in text.values.get(unit, ()):
        return False
    single = [at for at, many in Counter(a.sentence for a in text.amounts if a.unit == unit).items() if many == 1]
    found = (a.sentence for a in text.amounts if (a.unit, a.value) == (unit, value) and a.sentence in single)
    return any(overlap(about, sentence.about) >= _NEAR for sentence in map(text.sentences.__getitem__, found))


def _newer(corpus: Corpus, camps: Sequence[Sequence[int]], most: int) -> str:
    """Why the others than the majority may be the newer: another source, or a date in their answers alone."""
    large, small = camps[most], [at for camp, members in enumerate(camps) if camp != most for at in members]
    sources = [{corpus.answers[at].example.source for at in members} for members in (large, small)]
    if not sources[0] & sources[1]:
        return f"the smaller camp is all of another source ({', '.join(sorted(sources[1]))})"
    dated = [any(_DATE.search(corpus.answers[at].text) for at in members) for members in (large, small)]
    return "only the smaller camp names a date" if dated[1] and not dated[0] else ""
