"""Writes down what a run asks and what it reads, as it goes."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.ports import NO_ANSWER, Backend, Measurer, Passage, Prepared, Sent, Store, prepare_all
from judge.records import Reply, Request, Turn
from judge.transcript import UnlikeError, of_passage, of_request
from judge.transcript.tape import Tape


@dataclass(frozen=True, slots=True)
class RecordedStore:
    """A store whose replies are written down as they are used."""

    inner: Store
    tape: Tape

    def fetch(self, keys: Sequence[str]) -> Mapping[str, Reply]:
        """As the store's."""
        found = self.inner.fetch(keys)
        self._note(found.items())
        return found

    def put(self, replies: Sequence[tuple[str, Reply]]) -> Mapping[str, Reply]:
        """As the store's."""
        kept = self.inner.put(replies)
        self._note(kept.items())
        return kept

    def begin(self, folder: Path) -> None:
        """As the store's."""
        self.inner.begin(folder)

    def end(self, folder: Path) -> None:
        """As the store's."""
        self.inner.end(folder)

    def close(self) -> None:
        """As the store's."""
        self.inner.close()

    def _note(self, replies: Iterable[tuple[str, Reply]]) -> None:
        for key, reply in replies:
            self.tape.read(key, reply)


@dataclass(frozen=True, slots=True)
class Recorder:
    """A judge whose questions are written down as they are prepared."""

    inner: Backend
    tape: Tape

    @property
    def name(self) -> str:
        """As the judge's."""
        return self.inner.name

    @property
    def why(self) -> str:
        """As the judge's."""
        return self.inner.why

    @property
    def prefix_cache(self) -> bool:
        """As the judge's."""
        return self.inner.prefix_cache

    def describe(self) -> Mapping[str, object]:
        """As the judge's."""
        return self.inner.describe()

    def prepare(self, request: Request) -> Prepared:
        """As the judge's."""
        prepared = self.inner.prepare(request)
        self._note(of_request(request), prepared)
        return prepared

    def prepare_all(self, requests: Sequence[Request]) -> Sequence[Prepared]:
        """As the judge's."""
        prepared = prepare_all(self.inner, requests)
        for request, one in zip(requests, prepared, strict=True):
            self._note(of_request(request), one)
        return prepared

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """As the judge's."""
        answered = self.inner.answer(asked)
        try:
            for batch in answered:
                for prepared, reply in batch:
                    if reply.stop in NO_ANSWER:
                        self.tape.refuse(prepared.key, reply)
                yield batch
        finally:
            if isinstance(answered, Generator):
                answered.close()

    def passage(self, before: Sequence[Turn], answer: str) -> Passage:
        """As the judge's."""
        passage = self._measurer().passage(before, answer)
        self._note(of_passage(before, answer), passage)
        return passage

    def measure(self, asked: Iterable[Passage]) -> Iterator[Sequence[tuple[Passage, Reply]]]:
        """As the judge's."""
        return self._measurer().measure(asked)

    def _measurer(self) -> Measurer:
        if not isinstance(self.inner, Measurer):
            raise UnlikeError(f"backend={self.name} cannot say how likely an answer is; set likelihood=false")
        return self.inner

    def _note(self, shown: bytes, sent: Sent) -> None:
        self.tape.ask(shown, sent.key, sent.tokens, fits=sent.fits, cut=sent.cut)
