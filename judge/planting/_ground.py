"""What planters may look at beside the row: facts about the whole set, computed when first asked for."""

import bisect
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from judge import digest
from judge.corpus import Answer, Corpus
from judge.language.quantities import content
from judge.planting._draw import Draw
from judge.planting._names import Name, collect
from judge.records import Example

_SAMPLE = 5_000  # answers that facts about the set are read from
_SHOWN = 4_000  # characters of each
_USUAL = 0.04  # share of answers from which something is the set's own way
_STEM = 5  # letters that tell words apart: cancel, cancelled, cancellation
_CLOSED = re.compile(r"[.!?…][\"'”\u2019)*_]{0,3}\s{0,20}$")


class Ground:
    """
    A set as planters see it.

    Facts are read from at most 5,000 answers, the first ones in the order of their digests, and choices walk around a
    ring of digests: so a row more or less changes few of them (Karger et al., 1997, "Consistent Hashing and Random
    Trees").

    Attributes:
        corpus: the set.

    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._shares: dict[re.Pattern[str], float] = {}

    @cached_property
    def by_row(self) -> Mapping[str, tuple[Answer, ...]]:
        """The judged turns of each row, by the row's id."""
        found: dict[str, list[Answer]] = defaultdict(list)
        for answer in self.corpus.answers[:]:
            found[answer.example.id].append(answer)
        return {row: tuple(answers) for row, answers in found.items()}

    @cached_property
    def twins(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the rows with each digest: copies of a row carry its text too."""
        found: dict[str, list[str]] = defaultdict(list)
        for example in self.corpus.examples:
            found[example.digest].append(example.id)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def ring(self) -> tuple[tuple[str, Answer], ...]:
        """Every answer that says something in words, in the order of its row's digest."""
        said = [a for a in self.corpus.answers[:] if a.text.strip() and not a.calls_tool]
        return tuple(
            sorted(((a.example.digest, a) for a in said), key=lambda item: (item[0], item[1].turn, item[1].at))
        )

    @cached_property
    def sample(self) -> tuple[Answer, ...]:
        """The answers that facts are read from."""
        return tuple(answer for _, answer in self.ring[:_SAMPLE])

    def donors(self, draw: Draw, most: int) -> Iterator[Answer]:
        """Answers of the set from a drawn point on, at most so many."""
        start = bisect.bisect_left(self.ring, draw.point(), key=lambda item: item[0])
        for step in range(min(most, len(self.ring))):
            yield self.ring[(start + step) % len(self.ring)][1]

    def share(self, pattern: re.Pattern[str]) -> float:
        """In what share of the set's answers the pattern is found, in [0, 1]."""
        if pattern not in self._shares:
            hits = sum(bool(pattern.search(answer.text[:_SHOWN])) for answer in self.sample)
            self._shares[pattern] = hits / max(1, len(self.sample))
        return self._shares[pattern]

    def usual(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern is the set's own way: found in more than two answers, and in 4 % of them."""
        return self.share(pattern) >= max(_USUAL, 2.5 / max(1, len(self.sample)))

    @cached_property
    def closes(self) -> float:
        """Share of the set's answers that end with closing punctuation, in [0, 1]."""
        return sum(bool(_CLOSED.search(a.text[-40:])) for a in self.sample) / max(1, len(self.sample))

    @cached_property
    def names(self) -> Mapping[str, Name]:
        """The names that recur in the set."""
        return collect((a.example.id, a.text[:_SHOWN]) for a in self.sample)

    @cached_property
    def _name_ring(self) -> tuple[tuple[str, Name], ...]:
        return tuple(sorted(((digest.of(text), name) for text, name in self.names.items()), key=lambda item: item[0]))

    def other_names(self, draw: Draw) -> Iterator[Name]:
        """Every name of the set, from a drawn point on."""
        start = bisect.bisect_left(self._name_ring, draw.point(), key=lambda item: item[0])
        for step in range(len(self._name_ring)):
            yield self._name_ring[(start + step) % len(self._name_ring)][1]

    @cached_property
    def vocabulary(self) -> Counter[str]:
        """In how many answers each word stands, in lower case."""
        found: Counter[str] = Counter()
        for answer in self.sample:
            found.update(set(re.findall(r"[a-z]+", answer.text[:_SHOWN].lower())))
        return found

    @cached_property
    def _stems(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for answer in self.sample:
            found.update(stems(answer.asked) | stems(answer.text))
        return found

    def weight(self, stem: str) -> float:
        """How telling a stem is, never 0: the logarithm of one over the share of rows that have it."""
        return math.log((len(self.sample) + 2) / (self._stems[stem] + 1)) + 0.01

    def covered(self, these: frozenset[str], by: frozenset[str]) -> float:
        """Share of the weight of these stems that the others cover, in [0, 1]; 0 where there are none."""
        whole = math.fsum(self.weight(stem) for stem in these)
        return math.fsum(self.weight(stem) for stem in these & by) / whole if whole else 0.0

    def known(self, answer: Answer) -> str:
        """Everything an answer may take its facts from: the conversation, the row's context, the guide."""
        said = [turn.content[:_SHOWN] for turn in answer.history[-8:]]
        return "\n".join(
            [*said, *(text[: 4 * _SHOWN] for text in answer.grounds), (self.corpus.guide or "")[: 8 * _SHOWN]]
        )


def stems(text: str) -> frozenset[str]:
    """First letters of the words that carry meaning, in the first 4,000 characters."""
    return frozenset(word[:_STEM] for word in content(text[:_SHOWN]))


def distinct(examples: tuple[Example, ...]) -> list[Example]:
    """Keep the first of the rows that share a digest."""
    found: dict[str, Example] = {}
    for example in examples:
        found.setdefault(example.digest, example)
    return list(found.values())
