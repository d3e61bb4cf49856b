"""
Rows that answer one question in ways that cannot both be learned: found, scored, confirmed by the judge, sorted.

Before the judge (`look`): candidate pairs, each with a score of its words. After the rubrics (`settle`): the judge is
asked about the worst, groups and camps are formed, and what they say of each row is weighed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from judge.asking import LIMIT, Allowance, Tally
from judge.confirming import confirm, rubric_tokens
from judge.corpus import Answer, Corpus
from judge.corpus.tokens import Ints
from judge.judging import Judged
from judge.lazy import Made
from judge.pairs import camps, candidates, grouping, leaning, scoring, style
from judge.pairs.camps import Disagreement, Found
from judge.pairs.candidates import Candidates
from judge.pairs.conflict import kind_of
from judge.pairs.held import Held, Places
from judge.pairs.scoring import Scored, Sides
from judge.parts import Parts
from judge.ports import NoJudge
from judge.records import PairVerdict, Standing, Unscored
from judge.results import Blocking, Camp, Group, Pair

_ASKED = 0.2  # score from which the judge is asked
_LEVELS = 10  # of scores; all pairs of one are asked, or none
_CUT = 0.15  # how far above the embedder's floor the mean similarity of a group lies, as a share of what is left to 1
_STYLE = frozenset({"format", "tone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """
    Candidate pairs of a set, and those of them that show a difference, with a score.

    Attributes:
        scored: those that may come to be reported, in the set's order.
        differing: how many show any difference.
        worth: pairs that the judge should see, worst first; none without a judge.
    """

    found: Candidates
    scored: Held
    differing: int
    sides: Sides
    worth: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """
    What contradicts what.

    Attributes:
        pairs: contradictions, in the input's order.
        groups: gravest first; then those in which only the form differs.
        standings: what they say of each row, by example id.
        blocking: how pairs came to be looked at and asked.
    """

    pairs: Sequence[Pair]
    groups: Sequence[Group]
    standings: Mapping[str, Sequence[Standing]]
    blocking: Blocking
    tally: Tally


def look(parts: Parts, corpus: Corpus, planted: Sequence[tuple[int, Sequence[int]]] = ()) -> Looked:
    """Find and score all pairs that may contradict each other; nothing is asked."""
    sides = Sides(corpus)
    corpus.forget()  # what follows needs the room
    bar = parts.console.bar("pairs", 3 * corpus.members, "answer")
    found = candidates.find(corpus, parts.embedder, planted, bar.step)
    bar.close()
    bar = parts.console.bar("comparing", len(found.left), "pair")
    worth = Held() if isinstance(parts.backend, NoJudge) else _worth_asking(corpus, scoring.alone(found, corpus))
    asked, scored, differing = Places(worth.ends), Held(), 0
    for one in scoring.score(found, sides, bar.step):
        differing += 1
        wanted = worth and (_matters(one) or asked.of(one.left, one.right) is not None)
        if wanted or one.conflict.score >= parts.pairs.threshold:
            scored.append(one)
    bar.close()
    sides.forget()  # groups and camps look at few of them, and need the room
    scored = scored.ordered(np.lexsort(scored.ends.T[::-1]))
    return Looked(found=found, scored=scored, differing=differing, sides=sides, worth=worth)


def shown(corpus: Corpus, pairs: Held) -> Sequence[tuple[Answer, Answer]]:
    """The two answers of each."""
    ends = pairs.ends.astype(np.int32)
    return Made(len(ends), lambda n: (corpus.answers[ends[n, 0]], corpus.answers[ends[n, 1]]))


def levels(pairs: Held) -> Sequence[int]:
    """What the budget ends between: of a level all are asked, or none."""
    found: list[int] = (pairs.scores * _LEVELS).astype(int).tolist()
    return found


def settle(parts: Parts, corpus: Corpus, looked: Looked, judged: Judged, allowance: Allowance | None = None) -> Settled:
    """Ask the judge about the worst, form groups and camps, and weigh what they say of each row."""
    asked = looked.worth
    budget = int(parts.pairs.budget * rubric_tokens(judged, corpus.examples))
    confirmed = confirm(parts, shown(corpus, asked), budget, levels(asked), allowance)
    verdicts = {(one.left, one.right): said for one, said in zip(asked, confirmed.results, strict=False)}
    found = _found(parts, looked.scored, asked, verdicts)
    floor = parts.embedder.floor
    order = _order(corpus)
    groups = grouping.group(looked.found, order, floor + (1 - floor) * _CUT)
    graver = sorted(found, key=lambda f: (-f.probability, *sorted((order[f.pair.left], order[f.pair.right]))))
    disagree = camps.disagreements([f for f in graver if f.kind not in _STYLE], groups, looked.found.copy, looked.sides)
    severity = {
        name: max(v.severity for v in said if v.rubric == "factual")
        for name, said in judged.verdicts.items()
        if any(v.rubric == "factual" for v in said)
    }
    told = [(group, leaning.lean(corpus, group, looked.sides, severity, parts.dataset.trust)) for group in disagree]
    standings: defaultdict[str, list[Standing]] = defaultdict(list)
    for group, lean in told:
        for standing in leaning.standings(corpus, group, lean):
            standings[standing.example_id].append(standing)
    written = style.mixed(corpus, groups, looked.found.copy)
    return Settled(
        pairs=_in_order(corpus, found),
        groups=[*(_group(corpus, g, lean) for g, lean in told), *_mixed(corpus, written.values())],
        standings=standings,
        blocking=Blocking(
            possible=looked.found.possible,
            candidates=len(looked.found.left),
            crowded=looked.found.crowded,
            differing=looked.differing,
            worth_asking=len(asked),
            asked=confirmed.taken,
            unscored=sum(isinstance(said, Unscored) and said.reason != LIMIT for said in confirmed.results),
            reported=len(found),
            planted=looked.found.planted,
            planted_found=looked.found.found,
            searched=looked.found.searched,
            two_forms=sum(len(members) for members, _ in written.values()) / max(1, corpus.members),
        ),
        tally=confirmed.tally,
    )


def _order(corpus: Corpus) -> Ints:
    """Shape (own answers,): places by content, by which ties are decided; the same in any order of the input."""
    names = [(answer.example.digest, answer.turn, answer.at) for answer in corpus.own]
    order = np.empty(len(names), dtype=np.int64)
    order[[at for *_, at in sorted(names)]] = np.arange(len(names))
    return order


def _worth_asking(corpus: Corpus, scored: Iterable[Scored]) -> Held:
    """Worst first, by scores that no other row has a part in: a merge makes no pair of old rows worth asking."""
    held = Held(one for one in scored if one.conflict.score >= _ASKED)
    digests = [answer.example.digest for answer in corpus.own]
    place = {one: n for n, one in enumerate(sorted(set(digests)))}  # numpy would hold each as 284 bytes
    content = np.array([place[one] for one in digests], dtype=np.int64)
    low, high = np.sort(content[held.ends], axis=1).T
    return held.ordered(np.lexsort((high, low, -held.scores)))


def _found(
    parts: Parts, scored: Held, asked: Held, verdicts: Mapping[tuple[int, int], PairVerdict | Unscored]
) -> list[Found]:
    """
    The contradictions: as the judge has it where it was asked on that matter, by their words elsewhere.

    Where it was asked about both rows of a pair, but not about the pair, the milder answer holds: either row may be a
    case of its own. What only the two rows alone show is no contradiction by words.
    """
    there = Places(scored.ends)
    by_matter: dict[tuple[int, str, str, str], PairVerdict] = {}
    for one, said in zip(asked, verdicts.values(), strict=False):  # worst first
        if isinstance(said, PairVerdict):
            place = there.of(one.left, one.right)
            for matter in _matters(one if place is None else scored[place]):
                by_matter.setdefault(matter, said)
    alone = (one for one in asked if there.of(one.left, one.right) is None)
    found = []
    for one in chain(scored, (replace(one, conflict=replace(one.conflict, score=0.0)) for one in alone)):
        answer = verdicts.get((one.left, one.right))
        known = [by_matter[matter] for matter in _matters(one) if matter in by_matter]
        known = [answer] if isinstance(answer, PairVerdict) else known
        kind, probability, by = (kind_of(one.conflict), one.conflict.score, "words")
        if known:
            verdict = min(known, key=lambda verdict: (verdict.probability, verdict.kind))
            kind, probability, by = verdict.kind, verdict.probability, "judge"
        if probability >= parts.pairs.threshold:
            found.append(Found(pair=one, kind=kind, probability=round(probability, 6), by=by))
    return found


def _matters(one: Scored) -> list[tuple[int, str, str, str]]:
    """Names of what two rows differ in, as each of them sees it: this row, against anyone who says that amount."""
    left, right = one.conflict.claims
    if not left[0]:
        return []
    return [(one.left, left[0], left[1], right[1]), (one.right, right[0], right[1], left[1])]


def _pair(corpus: Corpus, one: Found) -> Pair:
    """The earlier row of the input on the left."""
    ends = [(one.pair.left, one.pair.conflict.left), (one.pair.right, one.pair.conflict.right)]
    (left, left_span), (right, right_span) = sorted(((corpus.answers[at], span) for at, span in ends), key=_by_place)
    return Pair(
        left=left.example.id,
        left_turn=left.turn,
        right=right.example.id,
        right_turn=right.turn,
        kind=one.kind,
        probability=one.probability,
        left_span=left_span,
        right_span=right_span,
        by="judge" if one.by == "judge" else "words",
    )


def _in_order(corpus: Corpus, found: Iterable[Found]) -> list[Pair]:
    """In the order of the input."""
    placed = [(sorted(_place(corpus.answers[at]) for at in (one.pair.left, one.pair.right)), one) for one in found]
    return [_pair(corpus, one) for _, one in sorted(placed, key=lambda entry: entry[0])]


def _by_place(end: tuple[Answer, str]) -> tuple[int, str, int]:
    return _place(end[0])


def _place(answer: Answer) -> tuple[int, str, int]:
    """Where a turn stands in the input, for people: the set itself is looked at in another order."""
    return answer.example.line, answer.example.source, answer.turn


def _group(corpus: Corpus, group: Disagreement, lean: leaning.Lean) -> Group:
    worst = group.found[0]
    return Group(
        asks=corpus.answers[worst.pair.left].prompt,
        members=_ids(corpus, group.members),
        camps=tuple(
            Camp(says=words, members=_ids(corpus, who), independent=leaning.independent(corpus, who))
            for words, _, who in group.camps
        ),
        pairs=tuple(_pair(corpus, one) for one in group.found),
        kind=worst.kind,
        probability=worst.probability,
        by=worst.by,
        lean=lean.why,
    )


def _mixed(corpus: Corpus, written: Iterable[tuple[tuple[int, ...], dict[str, int]]]) -> list[Group]:
    return [
        Group(asks=corpus.answers[members[0]].prompt, members=_ids(corpus, members), kind="format", style=forms)
        for members, forms in sorted(written, key=lambda one: (-len(one[0]), one[0]))
    ]


def _ids(corpus: Corpus, members: Iterable[int]) -> tuple[str, ...]:
    ordered = sorted((corpus.answers[at] for at in members), key=_place)
    return tuple(dict.fromkeys(answer.example.id for answer in ordered))
