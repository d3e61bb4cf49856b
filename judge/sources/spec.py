"""What to load, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from judge.records import Example, Reject

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """
    A data set as its owner describes it.

    Attributes:
        path: a file of a supported format, or the folder of a saved Hugging Face data set.
        name: the data set's name; the source of rows that name none themselves.
        columns: role -> the owner's column, e.g. `{"prompt": "question", "id": "uid"}`; empty finds them.
        schema: one of the modules in `schemas/`; None finds it.
        turns: which assistant turns are judged: `trained` (all that are trained on) or `last` (of those).
        max_row_mb: rows of more megabytes (10^6 bytes) are rejected unread.
    """

    path: Path
    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None
    turns: str = "trained"
    max_row_mb: float = 1.0

    @property
    def max_row_bytes(self) -> int:
        """The same limit in bytes."""
        return int(self.max_row_mb * MB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """
    Every row of a data set, in input order.

    Attributes:
        schema: the schema that was used.
        duplicates: rows whose id and content both stood in an earlier row.
        renamed: rows whose id an earlier row with other content had taken.
        digest: of the file's bytes.
    """

    examples: tuple[Example, ...]
    rejects: tuple[Reject, ...]
    schema: str
    duplicates: int
    renamed: int
    digest: str

    @property
    def rows(self) -> int:
        """Rows in the input: examples and rejects, nothing else."""
        return len(self.examples) + len(self.rejects)
