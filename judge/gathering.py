"""All that is known of each row, put together: for the ranking, and for every output."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache

from judge import rank, sources
from judge.contradictions import Settled
from judge.judging import Judged
from judge.lazy import Found, Lazy
from judge.parts import Parts
from judge.ports import NoJudge
from judge.records import Example, Finding
from judge.reliability import Reviewed
from judge.results import JUDGED, NOT_SAMPLED, Accounting, Pair, Result, Suspect
from judge.sampling import Sample

_MANY = 50_000  # rows from which there is a bar


def beside(parts: Parts, settled: Settled, unlikely: Sequence[Finding]) -> dict[str, float]:
    """Nats of what no planted copy is measured by, by row: contradictions, and how likely its answers are."""
    nats: defaultdict[tuple[str, str], float] = defaultdict(float)
    for name, standings in settled.standings.items():
        nats[name, ""] = max((parts.weights.pair.nats(one.severity) for one in standings), default=0.0)
    for finding in unlikely:
        cell = (finding.example_id, finding.signal)
        nats[cell] = max(nats[cell], parts.weights.signals[finding.signal].nats(finding.severity))
    total: defaultdict[str, float] = defaultdict(float)
    for (name, _), one in nats.items():
        total[name] += one
    return dict(total)


def evidence(
    parts: Parts, examples: Sequence[Example], findings: Iterable[Finding], settled: Settled, judged: Judged
) -> Mapping[str, rank.Evidence]:
    """
    What is known, by example.

    A row that the judge could not score, and that shows nothing else, is left out; so is one that nobody looked at.
    """
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.example_id].append(finding)
    standings, verdicts = settled.standings, judged.verdicts
    everyone, looked = isinstance(parts.backend, NoJudge), parts.findings

    @lru_cache(maxsize=1)  # who looks at a row looks at it twice: at what it shows, and at what that says
    def known(name: str) -> rank.Evidence | None:
        said, shown, stands = verdicts.get(name, ()), found.get(name, ()), standings.get(name, ())
        if said or shown or stands or everyone or (looked and judged.status(name) == NOT_SAMPLED):
            return rank.Evidence(verdicts=said, findings=shown, standings=stands)
        return None

    return Found(lambda: (example.id for example in examples), known)


class Results(Lazy[Result]):
    """All that is known, one value per example, in input order; made when it is looked at."""

    def __init__(self, suspects: rank.Ranked, make: Callable[[Example, Suspect | None], Result]) -> None:
        self._suspects, self._make = suspects, make

    def __len__(self) -> int:
        return len(self._suspects.examples)

    def at(self, n: int) -> Result:
        """That of the example of this place."""
        return self._of(n, self._suspects.examples[n])

    def __iter__(self) -> Iterator[Result]:
        return (self._of(n, example) for n, example in enumerate(self._suspects.examples))

    def listed(self) -> Iterator[Result]:
        """Those of the ranked examples, most suspicious first."""
        return (self._make(suspect.example, suspect) for suspect in self._suspects)

    def _of(self, n: int, example: Example) -> Result:
        return self._make(example, self._suspects.of(n, example))


def results(  # noqa: PLR0917 - all that is known
    suspects: rank.Ranked,
    known: Mapping[str, rank.Evidence],
    judged: Judged,
    settled: Settled,
    sample: Sample | None,
    decided: Reviewed | None,
) -> Results:
    """Put together, with what the draw and people's decisions say of each row."""
    nothing = rank.Evidence()
    partners: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in settled.pairs:
        partners[pair.left].append(pair)
        partners[pair.right].append(pair)
    inclusion = sample.probabilities if sample else {}
    probability = decided.probability if decided else {}

    def result(example: Example, suspect: Suspect | None) -> Result:
        seen = known.get(example.id, nothing)
        return Result(
            example=example,
            status=judged.status(example.id),
            verdicts=tuple(seen.verdicts),
            unscored=tuple(judged.unscored.get(example.id, ())),
            findings=tuple(seen.findings),
            pairs=tuple(partners.get(example.id, ())),
            suspect=suspect,
            inclusion=inclusion.get(example.id, 1.0),
            probability=probability.get(example.id),
        )

    return Results(suspects, result)


def account(loaded: sources.Loaded, statuses: Mapping[str, int]) -> Accounting:
    """Where every row went; `statuses`: how many examples have each."""
    unscored = dict(statuses)
    judged, left = unscored.pop(JUDGED, 0), unscored.pop(NOT_SAMPLED, 0)
    rejected = len(loaded.rejects)
    return Accounting(rows=loaded.rows, judged=judged, unscored=unscored, not_sampled=left, rejected=rejected)


@contextmanager
def watched(parts: Parts, what: str, rows: int) -> Iterator[Callable[[int], None]]:
    """A bar where rows are so many that somebody waits, as what is called with n each time that n more are done."""
    if rows < _MANY:
        yield lambda n: None  # noqa: ARG005
        return
    bar = parts.console.bar(what, rows, "row")
    try:
        yield bar.step
    finally:
        bar.close()
