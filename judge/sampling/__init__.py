"""
Which rows of a large set are judged, so that what is said of the whole stays true.

A stratified random sample with permanent random numbers (Ohlsson, 1995, "Coordination of samples using permanent random
numbers"): every content has a number that only it and the seed decide, and in each stratum the smallest are taken. So a
set that grew keeps most of its sample, and a larger sample holds the smaller one. Beside it the rows that findings
speak against most are taken for certain, as a stratum of their own.

Rows of equal content are one unit, as the judge is asked about them once; one of very many rows is certain too (a
self-representing unit; Cochran, 1977, "Sampling techniques"). Pure, and the same on every machine.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from judge import digest
from judge.corpus import Corpus, subjects
from judge.records import Example

LEAST_ROWS, LEAST_SHARE = 1_000, 10  # never fewer rows, nor a smaller part than one in so many
CERTAIN = ("taken for certain",)  # the stratum of what is judged whatever the draw

_FEW = 5  # units of the sample that a stratum gets at least; smaller ones are put together
_RARE = 0.01  # share of the rows below which sources are put together
_DIGITS = slice(7, 20)  # thirteen hexadecimal digits after `sha256:`, 52 bits

Name = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """
    Rows of equal content, which are judged together.

    Attributes:
        rows: their ids, in order.
        stratum: index of its stratum.
        place: when its turn comes, from 0 up to 1 for the last of those drawn; more for those that are not.
    """

    rows: tuple[str, ...]
    stratum: int
    place: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """
    Units that are drawn from together.

    Attributes:
        name: source and subject, or the first of them where small ones were put together, or `CERTAIN`.
        units: how many it has.
        drawn: how many of them are judged.
        share: probability in (0, 1] of each of its units to be judged; 0 only where a run stopped before it drew any.
    """

    name: Name
    units: int
    drawn: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """
    Which rows are judged.

    Attributes:
        drawn: units to judge, in the order of asking: however far a run gets, it has judged a stratified sample.
        left: all others.
        strata: that units point to.
    """

    drawn: tuple[Unit, ...]
    left: tuple[Unit, ...]
    strata: tuple[Stratum, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """Ids of the rows to judge, in the order of asking."""
        return tuple(name for unit in self.drawn for name in unit.rows)

    @property
    def probabilities(self) -> Mapping[str, float]:
        """Of every row of the set, judged or not, by id: how likely the draw was to have it judged."""
        return {name: self.strata[unit.stratum].share for unit in (*self.drawn, *self.left) for name in unit.rows}

    @property
    def certain(self) -> frozenset[str]:
        """Ids of the rows that are judged whatever the draw, where others are not."""
        where = {at for at, stratum in enumerate(self.strata) if stratum.name == CERTAIN}
        return frozenset(name for unit in self.drawn if unit.stratum in where for name in unit.rows)


def least(rows: int) -> int:
    """How many of so many rows a sample has at least."""
    return min(rows, max(LEAST_ROWS, -(-rows // LEAST_SHARE)))


def strata(corpus: Corpus) -> Mapping[str, Name]:
    """Source and subject of each row, by id; sources of few rows are put together."""
    own = corpus.own
    first: dict[str, int] = {}
    for answer in own:
        first.setdefault(answer.example.id, answer.at)
    places = np.array([first[example.id] for example in corpus.examples], dtype=np.int64)
    named = subjects.name(corpus.asked, corpus.said, places)
    often = Counter(example.source for example in corpus.examples)
    rare = {source for source, many in often.items() if many < _RARE * len(corpus.examples)}
    return {
        example.id: ("other sources" if example.source in rare else example.source, subject)
        for example, subject in zip(corpus.examples, named, strict=True)
    }


def draw(
    rows: Sequence[Example],
    strata: Mapping[str, Name],
    *,
    room: int,
    strong: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Sample:
    """
    Choose which rows are judged; their order does not matter.

    `least` of them are for the rates: random, but for contents that more rows have than a drawn one stands for. Of what
    room there is beyond, half goes to rows that findings speak against, strongest first, and half to more random ones:
    the list gains most by the first, the rates by the second. What is taken for certain has probability 1, all others
    that of their stratum, which is nearly the same everywhere.

    Args:
        rows: the set, ids unique.
        strata: the names of what a row belongs to, the coarsest first, by id; where few rows share all of them the last
            is dropped.
        room: contents that may be judged; where that is less than `least` of the rows, it is `least`.
        strong: how strongly findings speak against a row, in nats, by id; 0 or less is nothing.
        seed: another one draws another sample.
    """
    contents: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        contents[row.digest].append(row.id)
    names = {content: min(strata[name] for name in ids) for content, ids in contents.items()}
    room = min(len(contents), max(room, least(len(rows))))
    certain = _certain(contents, strong or {}, room, len(rows))
    chosen = room - len(certain)
    sizes = Counter(name for content, name in names.items() if content not in certain)
    total = max(1, sizes.total())
    pooled = _pooled({name: chosen * many / total for name, many in sizes.items()}, _FEW)
    members: defaultdict[Name, list[tuple[float, str]]] = defaultdict(list)
    for content, name in names.items():
        where = CERTAIN if content in certain else pooled[name]
        members[where].append((_number(seed, content), content))
    parts = _allotted({name: len(found) for name, found in members.items() if name != CERTAIN}, chosen)
    if certain:
        parts[CERTAIN] = len(certain)
    drawn: list[tuple[float, str, Unit]] = []
    left: list[Unit] = []
    for at, (name, part) in enumerate(sorted(parts.items())):
        offset = _number(seed, *name)  # so that no stratum's turn comes first by rule
        for nth, (_, content) in enumerate(sorted(members[name]), 1):
            unit = Unit(rows=tuple(sorted(contents[content])), stratum=at, place=(nth - offset) / part)
            if nth <= part:
                drawn.append((unit.place, content, unit))
            else:
                left.append(unit)
    return Sample(
        drawn=tuple(unit for *_, unit in sorted(drawn, key=lambda one: one[:2])),
        left=tuple(left),
        strata=tuple(
            Stratum(name=name, units=len(members[name]), drawn=part, share=part / len(members[name]))
            for name, part in sorted(parts.items())
        ),
    )


def realised(sample: Sample, stopped: Container[str]) -> Sample:
    """
    The sample that a run has judged which a limit stopped: all units before the first that was not judged.

    In each stratum those are the smallest numbers, hence a random sample too. Strata of which less than a unit was to
    be expected by then are put together, and with the next larger ones until a few units are, their units weighed as
    they were drawn (collapsed strata; Cochran, 1977, "Sampling techniques"). What was judged behind the first that was
    not is in no rate.

    Args:
        sample: as drawn.
        stopped: ids of rows that were drawn, and that the limit kept from being judged.
    """
    cut = next((at for at, unit in enumerate(sample.drawn) if any(name in stopped for name in unit.rows)), None)
    if cut is None:
        return sample
    done, moment = sample.drawn[:cut], sample.drawn[cut].place
    counted = Counter(unit.stratum for unit in done)
    judged = [counted[at] for at in range(len(sample.strata))]
    small = _small([moment * stratum.drawn for stratum in sample.strata], judged)
    weighed = sum(judged[at] / sample.strata[at].share for at in small)
    whole = sum(sample.strata[at].units for at in small)
    parts = []
    for at, stratum in enumerate(sample.strata):
        # what was judged of it, or of all that are put together, stands for the whole of it
        share = stratum.share * weighed / whole if at in small else judged[at] / stratum.units
        parts.append(replace(stratum, drawn=judged[at], share=min(1.0, share)))
    return Sample(drawn=done, left=(*sample.drawn[cut:], *sample.left), strata=tuple(parts))


def _small(expected: Sequence[float], judged: Sequence[int]) -> frozenset[int]:
    """Which strata are put together, given how many units of each were to be judged by now, and how many were."""
    found: list[int] = []
    for at in sorted(range(len(expected)), key=lambda at: (expected[at], at)):
        enough = sum(expected[n] for n in found) >= _FEW and any(judged[n] for n in found)
        if expected[at] >= 1 and judged[at] and (enough or not found):
            break
        found.append(at)
    return frozenset(found)


def _certain(
    contents: Mapping[str, Sequence[str]], strong: Mapping[str, float], room: int, rows: int
) -> frozenset[str]:
    """Contents that are judged whatever the draw: of many rows, or spoken against; none where there is room for all."""
    if room == len(contents):
        return frozenset()
    many = {content for content, ids in contents.items() if len(ids) > 1 and len(ids) * least(rows) >= rows}
    nats = {content: max(strong.get(name, 0.0) for name in ids) for content, ids in contents.items()}
    against = [content for content in nats if nats[content] > 0 and content not in many]
    against.sort(key=lambda content: (-nats[content], content))
    return frozenset([*many, *against[: max(0, room - least(rows)) // 2]])


def _pooled(weights: Mapping[Name, float], enough: float) -> dict[Name, Name]:
    """What each name becomes where those of less than `enough` weight together drop their last word."""
    found = {name: name for name in weights}
    for length in range(max(map(len, found), default=0), 0, -1):
        together: defaultdict[Name, float] = defaultdict(float)
        for name, now in sorted(found.items()):
            together[now] += weights[name]
        for name, now in found.items():
            if len(now) == length and together[now] < enough:
                found[name] = now[:-1]
    return found


def _allotted(sizes: Mapping[Name, int], part: int) -> dict[Name, int]:
    """So many of each that they make `part`: in proportion, by largest remainders, at least one of each."""
    total = max(1, sum(sizes.values()))
    found = {name: max(1, part * size // total) for name, size in sizes.items()}
    wanting = [name for name, size in sizes.items() if part * size >= total]
    wanting.sort(key=lambda name: (-(part * sizes[name] % total), name))
    for name in wanting[: max(0, part - sum(found.values()))]:
        found[name] += 1
    while sum(found.values()) > part:  # one of each was more than a small stratum's part
        found[max(sorted(found), key=lambda name: found[name])] -= 1
    return found


def _number(*of: object) -> float:
    """A number in [0, 1) that is as good as random, and always the same."""
    return int(digest.of(list(of))[_DIGITS], 16) / 2**52
