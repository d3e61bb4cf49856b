"""What questions cost an engine with a prefix cache that has seen none of them: by estimate, whatever is known."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from judge.questions import Questions


class ByRow(Mapping[str, int]):
    """A number for each row that has one, by example id; rows in `hidden` have none."""

    def __init__(self, rows: Mapping[str, int], numbers: "array[int]", hidden: frozenset[str] = frozenset()) -> None:
        self._rows, self._numbers, self._hidden = rows, numbers, hidden

    def __getitem__(self, name: str) -> int:
        number = 0 if name in self._hidden else self._numbers[self._rows[name]]
        if not number:
            raise KeyError(name)
        return number

    def __iter__(self) -> Iterator[str]:
        return (name for name, row in self._rows.items() if self._numbers[row] and name not in self._hidden)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def tokens(
    questions: Questions, sizes: Sequence[int], bare: Sequence[int], asking: Sequence[int], *, shared: bool
) -> "array[int]":
    """
    Each row once under each system message, then its further questions, and a token for each answer; copies none.

    Args:
        questions: of the round.
        sizes: tokens of each one's prompt; 0 where it is not to be counted.
        bare: tokens of the instructions alone, a rubric.
        asking: and of the question alone.
        shared: whether all rubrics share one system message.

    Returns:
        A number a row.
    """
    contents, counts = np.unique(questions.contents, return_counts=True)
    several = frozenset(contents[counts > 1].tolist())
    seen: defaultdict[int, tuple[set[int], set[tuple[int, int]]]] = defaultdict(lambda: (set(), set()))
    begins, turns, many = questions.begins.tolist(), questions.turns.tolist(), len(bare)
    found = array("q", bytes(8 * len(questions.rows)))
    for row, content in enumerate(questions.contents.tolist()):
        read, asked = seen[content] if content in several else (set[int](), set[tuple[int, int]]())
        for at in range(begins[row], begins[row + 1]):
            for rubric in range(many):
                size, question, system = sizes[at * many + rubric], (turns[at], rubric), 0 if shared else rubric
                if size and question not in asked:
                    found[row] += 1 + (asking[rubric] if system in read else size - bare[rubric])
                    read.add(system)
                    asked.add(question)
    return found
