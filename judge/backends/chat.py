"""
From a request to token ids, for backends that hold a tokenizer.

The chat template is rendered once, around two markers, and cut at them. Its own pieces are encoded with control
tokens switched on; system, row and question are encoded with control tokens switched off, so that no text of a
data set can become one. The pieces are cached: a run's system message is tokenised and digested once, a row once for
all rubrics, and many rows at once where they are prepared together.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, overload

from judge import digest
from judge.backends import template
from judge.errors import BackendError
from judge.ports import Passage, Prepared
from judge.records import Request, Turn

_CUT = "\n[...]\n"
_ROWS_KEPT = 1024
_SHAPES_KEPT = 4096  # sequences of roles


@dataclass(frozen=True, slots=True)
class _Piece:
    """Tokens, and their bytes as they are digested."""

    ids: Sequence[int]
    raw: bytes


class Joined(Sequence[int]):
    """Tokens of several pieces, which are put together only where somebody looks: what is known is never sent."""

    __slots__ = ("_pieces",)

    def __init__(self, *pieces: Sequence[int]) -> None:
        self._pieces = pieces

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self._pieces)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[int]: ...
    def __getitem__(self, at: int | slice) -> int | Sequence[int]:
        return list(self)[at]


class Encoder:
    """
    Tokenises requests for one model.

    Args:
        tokenizer: a Hugging Face tokenizer with a chat template.
        template_kwargs: for the template, e.g. `enable_thinking: false`.
        identity: who answers; part of every key.
        grammar: how JSON is enforced; part of the keys of requests that have a schema.
        limit: tokens that prompt and answer may have together.
        cut: shorten the middle of a row that does not fit, never of a pair, instead of leaving it unscored.

    Raises:
        BackendError: no chat template, or one that drops what it is given.
    """

    def __init__(
        self,
        tokenizer: Any,  # noqa: ANN401 - transformers ships no types
        *,
        template_kwargs: Mapping[str, object],
        identity: Mapping[str, object],
        grammar: object,
        limit: int,
        cut: bool,
    ) -> None:
        self._tokenizer = tokenizer
        self._template_kwargs = template_kwargs
        self._frame = template.frame(tokenizer, template_kwargs)
        self._identity = digest.of(identity)
        self._grammar = grammar
        self._limit = limit
        self._cut = cut
        self._heads: dict[str, tuple[_Piece, digest.State]] = {}
        self._rows: dict[str, _Piece] = {}
        self._tails: dict[tuple[str, str], _Piece] = {}
        self._shapes: dict[tuple[tuple[str, ...], int], str] = {}
        self._last: tuple[str, str, digest.State] | None = None  # of the system message and row that came last
        self._labels: dict[tuple[tuple[str, ...], str], Mapping[str, tuple[int, ...]]] = {}
        self._around: dict[tuple[str, ...], tuple[str, ...] | None] = {}

    def prepare(self, request: Request) -> Prepared:
        """Token ids, key and whether they fit; labels are resolved here, long before a model is loaded."""
        if request.labels:
            self.label_ids(request)
        (head, _), row, tail = self._head(request.system), self._row(request.row), self._tail(request)
        room = self._limit - request.max_tokens - len(head.ids) - len(tail.ids)
        fits = len(row.ids) <= room
        cut = not fits and self._cut and room > 0 and not request.pair
        if cut:
            row = _piece(self._shortened(row.ids, room))
        sent = digest.named(digest.further(self._begun(request, row, cut=cut), tail.raw))
        return Prepared(
            key=digest.of_bytes(f'["{sent}",{self._shape(request)}'.encode()),
            request=request,
            payload=Joined(head.ids, row.ids, tail.ids),
            tokens=len(head.ids) + len(row.ids) + len(tail.ids),
            fits=fits or cut,
            cut=cut,
        )

    def prepare_all(self, requests: Sequence[Request]) -> Sequence[Prepared]:
        """As `prepare`, one for each; rows that are new are tokenised together, on all processors."""
        rows = dict.fromkeys(request.row for request in requests)
        if len(self._rows) + len(rows) > _ROWS_KEPT:
            self._rows.clear()
        new = [row for row in rows if row not in self._rows]
        if len(new) > 1:
            self._rows.update(zip(new, map(_piece, self._all_plain(new)), strict=True))
        return [self.prepare(request) for request in requests]

    def passage(self, before: Sequence[Turn], answer: str) -> Passage:
        """
        An answer after a conversation, as the model would have seen them; the row's text can be no control token here.

        The answer's own tokens are the same after every conversation. It is never cut: that would measure another one.

        Raises:
            BackendError: the chat template takes no conversation.
        """
        ids = self._conversation(before)
        begins = max(len(ids), 1)  # nothing comes before a prompt's first token, so it has no probability
        ids = ids + self._plain(answer)
        key = digest.of([_sent(ids), self._identity, "likelihood", begins])
        return Passage(key=key, payload=ids, begins=begins, tokens=len(ids), fits=len(ids) < self._limit)

    def label_ids(self, request: Request) -> Mapping[str, tuple[int, ...]]:
        """
        The single tokens that can stand for each label where the answer begins, with and without a leading space.

        Raises:
            BackendError: a label is no single token for this judge, or two labels share one.
        """
        name = (request.labels, request.prefill)
        if name not in self._labels:
            self._labels[name] = self._resolve(request)
        return self._labels[name]

    def decode(self, ids: Sequence[int]) -> str:
        """Generated tokens as text, control tokens left out."""
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text

    def _resolve(self, request: Request) -> Mapping[str, tuple[int, ...]]:
        before = self._control(self._frame.after + request.prefill)
        found: dict[str, tuple[int, ...]] = {}
        for label in request.labels:
            inside = self._control(self._frame.after + request.prefill + label)
            candidates = [inside[len(before) :]] if inside[: len(before)] == before else []
            candidates += [self._plain(label), self._plain(f" {label}")]
            ids = {c[0] for c in candidates if len(c) == 1 and self._tokenizer.decode(c).strip() == label}
            if not ids:
                raise BackendError(
                    f"label {label!r} is not a single token for this judge;"
                    " use one-character labels in the rubric's levels"
                )
            found[label] = tuple(sorted(ids))
        if len({i for ids in found.values() for i in ids}) < sum(len(ids) for ids in found.values()):
            raise BackendError(f"labels {list(request.labels)} share a token for this judge; choose others")
        return found

    def _shape(self, request: Request) -> str:
        """Who answers and how, as the end of the canonical JSON that keys are digests of."""
        name = (request.labels, request.max_tokens)
        if request.schema or name not in self._shapes:
            grammar = [request.schema, self._grammar] if request.schema else None
            shape = digest.canonical_json([self._identity, list(request.labels), grammar, request.max_tokens])[1:]
            if request.schema:
                return shape
            self._shapes[name] = shape
        return self._shapes[name]

    def _begun(self, request: Request, row: _Piece, *, cut: bool) -> digest.State:
        """Digest of system message and row, which the questions on a row share."""
        last = self._last
        if last and not cut and last[0] == request.system and last[1] == request.row:
            return last[2]
        begun = digest.further(self._head(request.system)[1], row.raw)
        if not cut:
            self._last = (request.system, request.row, begun)
        return begun

    def _head(self, system: str) -> tuple[_Piece, digest.State]:
        if system not in self._heads:
            frame = self._frame
            ids = self._control(frame.before) + self._plain(system) + self._control(frame.between)
            piece = _piece(ids)
            self._heads[system] = (piece, digest.begin(piece.raw))
        return self._heads[system]

    def _row(self, row: str) -> _Piece:
        if row not in self._rows:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            self._rows[row] = _piece(self._plain(row))
        return self._rows[row]

    def _tail(self, request: Request) -> _Piece:
        name = (request.question, request.prefill)
        if name not in self._tails:
            ids = self._plain(request.question) + self._control(self._frame.after + request.prefill)
            self._tails[name] = _piece(ids)
        return self._tails[name]

    def _conversation(self, turns: Sequence[Turn]) -> list[int]:
        """A conversation up to where the assistant begins to answer, folded where the template refuses its roles."""
        said = template.messages(turns)
        for form in (said, template.folded(said)):
            if pieces := self._pieces(tuple(role for role, _ in form)):
                ids = self._control(pieces[0])
                for (_, text), piece in zip(form, pieces[1:], strict=True):
                    ids += self._plain(text) + self._control(piece)
                return ids
        raise BackendError(
            "this model's chat template does not take a conversation of user and assistant turns;"
            " set backend.chat_template=FILE"
        )

    def _pieces(self, roles: tuple[str, ...]) -> tuple[str, ...] | None:
        if roles not in self._around:
            if len(self._around) >= _SHAPES_KEPT:
                self._around.clear()
            self._around[roles] = template.around(self._tokenizer, self._template_kwargs, roles)
        return self._around[roles]

    def _shortened(self, row: Sequence[int], room: int) -> list[int]:
        mark = self._plain(_CUT)
        keep = max(room - len(mark), 0)
        front = keep // 2
        return [*row[:front], *mark, *row[len(row) - (keep - front) :]] if keep else list(row[:room])

    def _plain(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return ids

    def _all_plain(self, texts: Sequence[str]) -> Iterable[list[int]]:
        tokenizer = self._tokenizer
        if not getattr(tokenizer, "is_fast", False):
            return map(self._plain, texts)
        told = tokenizer(
            list(texts),
            add_special_tokens=False,
            split_special_tokens=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        ids: list[list[int]] = told["input_ids"]
        return ids

    def _control(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return ids


def _piece(ids: Sequence[int]) -> _Piece:
    return _Piece(ids, array("I", ids).tobytes())


def _sent(ids: Sequence[int]) -> str:
    return digest.of_bytes(array("I", ids).tobytes())
