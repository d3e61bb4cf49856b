"""What everyone said so far, in memory, and what of it a person may see: of others on a row only after his own word."""

import threading
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from judge.review.decisions import Decisions, Stored


class Book:
    """
    The decisions on the rows of one run, kept up with the file. May be shared by threads.

    Args:
        decisions: the file.
        places: numbers of the rows of each content, by digest; decisions on any other content are passed over.
        population: digest of the set's data; draws from any other do not count.
    """

    def __init__(self, decisions: Decisions, places: Mapping[str, Sequence[int]], population: str) -> None:
        self._decisions = decisions
        self._places = places
        self._population = population
        self._lock = threading.Lock()
        self._seq = 0
        self._lines: list[tuple[int, str]] = []
        self._standing: dict[str, dict[str, Stored]] = {}
        self._drawn: set[tuple[str, str]] = set()

    def refresh(self) -> int:
        """Read what was written since, by whomever; the number of the last line."""
        with self._lock:
            for line in self._decisions.since(self._seq):
                self._seq = line.seq
                if line.digest in self._places:
                    self._take(line)
            return self._seq

    def _take(self, line: Stored) -> None:
        self._lines.append((line.seq, line.digest))
        said = self._standing.setdefault(line.digest, {})
        if line.word is None:
            said.pop(line.by, None)
        else:
            said[line.by] = line
        if line.probability is not None and line.population == self._population:
            self._drawn.add((line.digest, line.by))

    def seen(self, who: str, since: int) -> dict[int, dict[str, Any]]:
        """What a person may see of every row on which anything was written after the line `since`, by row number."""
        with self._lock:
            first = bisect_right(self._lines, since, key=lambda line: line[0])
            changed = dict.fromkeys(digest for _, digest in self._lines[first:])
            return {n: self._shown(digest, who) for digest in changed for n in self._places[digest]}

    def _shown(self, digest: str, who: str) -> dict[str, Any]:
        said = self._standing.get(digest, {})
        mine = said.get(who)
        others = [line for by, line in sorted(said.items()) if by != who]
        return {
            "mine": mine and {"word": mine.word, "note": mine.note, "drawn": (digest, who) in self._drawn},
            "others": [{"by": o.by, "word": o.word, "note": o.note} for o in others] if mine else [],
            "count": len(others),
        }

    def people(self) -> dict[str, int]:
        """Everyone who said anything that stands, and on how many rows of the run."""
        with self._lock:
            found: dict[str, int] = {}
            for digest, said in self._standing.items():
                for by in said:
                    found[by] = found.get(by, 0) + len(self._places[digest])
            return dict(sorted(found.items()))

    def standing(self) -> list[Stored]:
        """What stands on the rows of the run, as it was written; rows of the same content count once."""
        with self._lock:
            lines = [line for said in self._standing.values() for line in said.values()]
        return sorted(lines, key=lambda line: line.seq)
