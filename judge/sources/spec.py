"""What to load, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from judge.records import Example, Reject

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """
    One file of a set of several.

    Attributes:
        trust: how far its rows are believed where rows contradict each other, in (0, 1].
        columns, schema: as those of `Spec`; None takes the set's.
    """

    path: Path
    trust: float = 1.0
    columns: Mapping[str, str] | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """
    A data set as its owner describes it: one file, or several.

    Attributes:
        name: the data set's name; the source of rows that name none themselves.
        path: a file of a supported format, or the folder of a saved Hugging Face data set; None where there are
            `files`.
        files: source -> file, in the order in which they are read; every row of a file is of that source.
        columns: role -> the owner's column, e.g. `{"prompt": "question", "id": "uid"}`; empty finds them.
        schema: one of the modules in `schemas/`; None finds it.
        turns: which assistant turns are judged: `trained` (all that are trained on) or `last` (of those).
        max_row_mb: rows of more megabytes (10^6 bytes) are rejected unread.
        source: of every row, whatever it says itself; empty but in what `each` gives.
        key: the setting that names this file, for messages.
    """

    name: str
    path: Path | None = None
    files: Mapping[str, File] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None
    turns: str = "trained"
    max_row_mb: float = 1.0
    source: str = ""
    key: str = "dataset"

    @property
    def max_row_bytes(self) -> int:
        """The same limit in bytes."""
        return int(self.max_row_mb * MB)

    @property
    def trust(self) -> Mapping[str, float]:
        """Source -> trust in (0, 1]; a source that is not named has 1."""
        return {source: file.trust for source, file in self.files.items()}

    @property
    def where(self) -> str:
        """The path, or all of them, for messages."""
        return ", ".join(str(one.path) for one in self.each())

    def each(self) -> tuple["Spec", ...]:
        """The files in order, each described by itself: with a `path`, and with a `source` where it is one of a set."""
        if not self.files:
            return (self,)
        return tuple(
            replace(
                self,
                path=file.path,
                files={},
                columns=self.columns if file.columns is None else file.columns,
                schema=file.schema or self.schema,
                source=source,
                key=f"dataset.files.{source}",
            )
            for source, file in self.files.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    One file of a set, as it was read; of a set of one file it has the set's name.

    Attributes:
        trust: as in `File`.
        digest: of the file's bytes.
        rows: in the file: examples and rejects.
        schema: the schema that was used.
    """

    name: str
    path: Path
    trust: float
    digest: str
    rows: int
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """
    Every row of a data set, in input order, file after file.

    In a set of several files a row is named by its `source` and its `line`, which is that in its own file.

    Attributes:
        files: in order.
        schema: the schema that was used, or all of them.
        duplicates: rows whose id and content both stood in an earlier row of the same file.
        renamed: rows whose id an earlier row with other content had taken.
        digest: of the file's bytes; of several files, of their names and digests.
        elsewhere: how many rows of a source another one has, too, and that count there, by the two sources.
    """

    examples: Sequence[Example]
    rejects: Sequence[Reject]
    files: tuple[Source, ...]
    schema: str
    duplicates: int
    renamed: int
    digest: str
    elsewhere: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows in the input: examples and rejects, nothing else."""
        return len(self.examples) + len(self.rejects)

    @property
    def across(self) -> int:
        """Rows that another source has too, and that count there."""
        return sum(self.elsewhere.values())
