"""
From a request to token ids, for backends that hold a tokenizer.

The chat template is rendered once, around two markers, and cut at them. Its own pieces are encoded with control
tokens switched on; system, row and question are encoded with control tokens switched off, so that no text of a
data set can become one. The pieces are cached: a run's system message is tokenised once, a row once for all rubrics.
"""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from judge import digest
from judge.backends import template
from judge.errors import BackendError
from judge.ports import Passage, Prepared
from judge.records import Request, Turn

_CUT = "\n[...]\n"
_ROWS_KEPT = 64
_SHAPES_KEPT = 4096  # sequences of roles


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
        self._heads: dict[str, list[int]] = {}
        self._rows: dict[str, list[int]] = {}
        self._tails: dict[tuple[str, str], list[int]] = {}
        self._labels: dict[tuple[tuple[str, ...], str], Mapping[str, tuple[int, ...]]] = {}
        self._around: dict[tuple[str, ...], tuple[str, ...] | None] = {}

    def prepare(self, request: Request) -> Prepared:
        """Token ids, key and whether they fit; labels are resolved here, long before a model is loaded."""
        if request.labels:
            self.label_ids(request)
        head, row, tail = self._head(request.system), self._row(request.row), self._tail(request)
        room = self._limit - request.max_tokens - len(head) - len(tail)
        fits = len(row) <= room
        cut = not fits and self._cut and room > 0 and not request.pair
        if cut:
            row = self._shortened(row, room)
        ids = head + row + tail
        return Prepared(
            key=self._key(ids, request), request=request, payload=ids, tokens=len(ids), fits=fits or cut, cut=cut
        )

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

    def _key(self, ids: Sequence[int], request: Request) -> str:
        shape = [request.schema, self._grammar] if request.schema else None
        return digest.of([_sent(ids), self._identity, list(request.labels), shape, request.max_tokens])

    def _head(self, system: str) -> list[int]:
        if system not in self._heads:
            frame = self._frame
            self._heads[system] = self._control(frame.before) + self._plain(system) + self._control(frame.between)
        return self._heads[system]

    def _row(self, row: str) -> list[int]:
        if row not in self._rows:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            self._rows[row] = self._plain(row)
        return self._rows[row]

    def _tail(self, request: Request) -> list[int]:
        name = (request.question, request.prefill)
        if name not in self._tails:
            self._tails[name] = self._plain(request.question) + self._control(self._frame.after + request.prefill)
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

    def _shortened(self, row: list[int], room: int) -> list[int]:
        mark = self._plain(_CUT)
        keep = max(room - len(mark), 0)
        front = keep // 2
        return row[:front] + mark + row[len(row) - (keep - front) :] if keep else row[:room]

    def _plain(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return ids

    def _control(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return ids


def _sent(ids: Sequence[int]) -> str:
    return digest.of_bytes(array("I", ids).tobytes())
