"""
What became of the jobs of one command: one, or a sweep's.

A launcher may run a sweep's jobs in processes of their own, on other machines too; each then leaves a note on the disk
that they share, and the process that started them makes of the notes what it makes of its own jobs.
"""

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judge.errors import ConfigError, JudgeError

if TYPE_CHECKING:
    from judge.junit import Suite

BROKEN, COULD_NOT_RUN = 1, 2
_HERE = uuid.uuid4().hex  # another machine or container may have a process of the same number


def _process() -> tuple[str, int]:
    """Names this process; its number too, as one that is forked has the rest."""
    return _HERE, os.getpid()


def _notes() -> Path:
    return Path.cwd() / "runs" / f".sweep-{os.getpid()}-{time.time_ns()}"


@dataclass
class Jobs:
    """
    Jobs so far.

    Attributes:
        complain: tells the user a line.
        failed: those that could not run.
        broken: those of which a rule of the gate does not hold.
        count: how many.
        plans: folders that a sweep of plans was given.
        suites: by `gate.junit`, then by job.
        process: that started them.
        notes: where jobs in other processes leave theirs.
        said: why jobs failed, for the note.
        lost: why a launcher has lost one; empty where it has not.
    """

    complain: Callable[[str], None]
    failed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    count: int = 0
    plans: set[Path] = field(default_factory=set)
    suites: dict[Path, dict[int, "Suite"]] = field(default_factory=dict)
    process: tuple[str, int] = field(default_factory=_process)
    notes: Path = field(default_factory=_notes)
    said: list[str] = field(default_factory=list)
    lost: str = ""

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around a job: in another process than the sweep's it has the sweep's number, and leaves a note."""
        if self.process == _process():
            yield
            return
        from hydra.core.hydra_config import HydraConfig

        number = self.count = HydraConfig.get().job.num
        yield
        self.notes.mkdir(parents=True, exist_ok=True)
        suites = [(str(place), asdict(some[number])) for place, some in self.suites.items()]
        told = {"failed": self.failed, "broken": self.broken, "said": self.said, "suites": suites}
        note = self.notes / f"{number:06}"
        note.write_text(json.dumps(told), encoding="utf-8")
        note.rename(note.with_suffix(".json"))

    def publish(self, place: Path | None, number: int, suite: "Suite") -> None:
        """Write the gates of all jobs so far where they are looked for."""
        if place is None:
            return
        from judge import junit

        suites = {**self.suites.get(place, {}), number: suite}
        junit.publish(place, suites.values())
        self.suites[place] = suites

    def fail(self, job: str, place: Path | None, number: int, suite: "Suite") -> None:
        """Remember that one could not run."""
        self.failed.append(job)
        self.said.append(f"{job}: {suite.error}")
        if place in self.suites:
            try:
                self.publish(place, number, suite)
            except JudgeError as error:
                self.complain(str(error))

    @contextmanager
    def launched(self) -> Iterator[None]:
        """
        Around all jobs: one that a launcher has lost does not hide what became of the others.

        Raises:
            ConfigError: there is no Slurm here.
        """
        try:
            yield
        except RuntimeError as error:
            said = (str(error).splitlines() or [""])[0]
            if "srun" in said:
                raise ConfigError(f"{said}; start the sweep where Slurm is, or leave hydra/launcher out") from error
            if not type(error).__module__.startswith("submitit."):
                raise
            self.count += 1
            self.lost = f"one did not come to its end ({said})"
            self.failed.append(self.lost)

    def end(self) -> int:
        """
        Of several, say which went wrong, and write the gates of all; return the exit code of the worst.

        Raises:
            ConfigError, DataError: `gate.junit` cannot be written.
        """
        elsewhere: set[Path] = set()
        for note in sorted(self.notes.glob("*.json")):
            told = json.loads(note.read_text(encoding="utf-8"))
            self.count += 1
            self.failed += told["failed"]
            self.broken += told["broken"]
            for line in told["said"]:
                self.complain(line)
            for place, suite in told["suites"]:
                self.suites.setdefault(Path(place), {})[int(note.stem)] = _suite(suite)
                elsewhere.add(Path(place))
        shutil.rmtree(self.notes, ignore_errors=True)
        for jobs, what in ((self.failed, "failed"), (self.broken, "broke a rule of the gate")):
            if jobs and self.count > 1:
                self.complain(f"{len(jobs)} of {self.count} jobs {what}: " + "; ".join(jobs))
        for place in elsewhere:  # each job has written its own alone there
            self._gather(place)
        return COULD_NOT_RUN if self.failed else BROKEN if self.broken else 0

    def _gather(self, place: Path) -> None:
        """Write the gates of all jobs; what a launcher has lost must not look as if it held."""
        from judge import junit

        lost = [junit.Suite(name="no run", run="", error=self.lost)] if self.lost else []
        junit.publish(place, [*self.suites[place].values(), *lost])


def _suite(told: dict[str, Any]) -> "Suite":
    """As it was before it became part of a note."""
    from judge import junit
    from judge.watch import Check

    return junit.Suite(**{**told, "checks": [Check(**check) for check in told["checks"]]})
