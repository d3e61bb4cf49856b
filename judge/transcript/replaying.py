"""Stands in for the judge and the store of a run on record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.ports import Backend, Passage, Prepared, Store
from judge.records import Reply, Request, Turn
from judge.transcript import Asked, Transcript, UnlikeError, of_passage, of_reply, of_request


@dataclass(frozen=True, slots=True)
class Replay:
    """
    The judge of a run on record: knows its questions, and answers none but by what was said in place of a reply.

    Attributes:
        told: the manifest's words on the judge.
        transcript: the record.
        same: the very judge, where it is at hand: what it would be sent is held against the record.
    """

    told: Mapping[str, Any]
    transcript: Transcript
    same: Backend | None = None

    @property
    def name(self) -> str:
        """As the run had it."""
        return str(self.told["backend"])

    @property
    def why(self) -> str:
        """As the run had it."""
        return str(self.told["why"])

    @property
    def prefix_cache(self) -> bool:
        """As the run had it."""
        return bool(self.told["prefix_cache"])

    def describe(self) -> Mapping[str, object]:
        """As the run had it."""
        return {
            name: value for name, value in self.told.items() if name not in {"backend", "why", "prefix_cache", "says"}
        }

    def prepare(self, request: Request) -> Prepared:
        """What the run prepared for it."""
        known = self._known(of_request(request), f"{request.question.strip()!r} about {request.row.strip()[:60]!r}")
        if self.same and self.same.prepare(request).key != known.key:
            raise UnlikeError("this judge would be sent other tokens than the run says it was, for the same question")
        return Prepared(key=known.key, payload="", tokens=known.tokens, fits=known.fits, cut=known.cut, request=request)

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """What was refused, as it was then; what else has no reply on record had none."""
        for prepared in asked:
            if said := self.transcript.refused.get(prepared.key):
                yield [(prepared, said)]

    def passage(self, before: Sequence[Turn], answer: str) -> Passage:
        """What the run prepared for it."""
        known = self._known(of_passage(before, answer), f"the likelihood of {answer.strip()[:60]!r}")
        return Passage(key=known.key, payload="", tokens=known.tokens, fits=known.fits, cut=known.cut, begins=1)

    def measure(self, asked: Iterable[Passage]) -> Iterator[Sequence[tuple[Passage, Reply]]]:
        """Nothing: what has no reply on record had none."""
        for _ in asked:
            pass
        return iter(())

    def _known(self, shown: bytes, what: str) -> Asked:
        known = self.transcript.questions.get(shown)
        if known is None:
            raise UnlikeError(f"the run did not ask {' '.join(what.split())}")
        return known


@dataclass(frozen=True, slots=True)
class ReplayStore:
    """The replies of a run on record, and no others; each is held against its digest."""

    inner: Store | None
    transcript: Transcript

    def fetch(self, keys: Sequence[str]) -> Mapping[str, Reply]:
        """
        The replies that the run used.

        Raises:
            UnlikeError: one of them is gone, or is not what the run read.
        """
        wanted = [key for key in keys if key in self.transcript.replies]
        found = self.inner.fetch(wanted) if self.inner else {}
        for key in wanted:
            if key not in found:
                raise UnlikeError(f"a reply that the run read is not in the store any more ({key[:19]}…)")
            if of_reply(found[key]) != self.transcript.replies[key]:
                raise UnlikeError(f"a reply in the store is not what the run read ({key[:19]}…)")
        return found

    def put(self, replies: Sequence[tuple[str, Reply]]) -> Mapping[str, Reply]:
        """Nothing is answered, so nothing comes."""
        raise AssertionError(f"a replay was given {len(replies)} replies")

    def begin(self, folder: Path) -> None:
        """Nothing: no run goes on."""

    def end(self, folder: Path) -> None:
        """Nothing, likewise."""

    def close(self) -> None:
        """Let go of the store."""
        if self.inner:
            self.inner.close()
