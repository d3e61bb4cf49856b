"""
From a request to token ids, for backends that hold a tokenizer.

The chat template is rendered once, around two markers, and cut at them. Its own pieces are encoded with control
tokens switched on; system, row and question are encoded with control tokens switched off, so that no text of a
data set can become one. The pieces are cached: a run's system message is tokenised once, a row once for all rubrics.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judge import digest
from judge.errors import BackendError
from judge.ports import Prepared
from judge.records import Request

_SYSTEM, _USER = "JUDGESYSTEMGOESHERE", "JUDGEUSERGOESHERE"
_FIXED_DATE = "26 Jul 2024"  # a template that prints today's date would make every day a new key
_CUT = "\n[...]\n"
_ROWS_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The chat template's own text, before the system message, between it and the user's, and after."""

    before: str
    between: str
    after: str


class Encoder:
    """
    Tokenises requests for one model.

    Args:
        tokenizer: a Hugging Face tokenizer with a chat template.
        template_kwargs: for the template, e.g. `enable_thinking: false`.
        identity: who answers; part of every key.
        grammar: how JSON is enforced; part of the keys of requests that have a schema.
        limit: tokens that prompt and answer may have together.
        cut: shorten the middle of a row that does not fit, instead of leaving it unscored.

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
        self._frame = _frame(tokenizer, template_kwargs)
        self._identity = digest.of(identity)
        self._grammar = grammar
        self._limit = limit
        self._cut = cut
        self._heads: dict[str, list[int]] = {}
        self._rows: dict[str, list[int]] = {}
        self._tails: dict[tuple[str, str], list[int]] = {}
        self._labels: dict[tuple[tuple[str, ...], str], Mapping[str, tuple[int, ...]]] = {}

    def prepare(self, request: Request) -> Prepared:
        """Token ids, key and whether they fit; labels are resolved here, long before a model is loaded."""
        if request.labels:
            self.label_ids(request)
        head, row, tail = self._head(request.system), self._row(request.row), self._tail(request)
        room = self._limit - request.max_tokens - len(head) - len(tail)
        fits = len(row) <= room
        cut = not fits and self._cut and room > 0
        if cut:
            row = self._shortened(row, room)
        ids = head + row + tail
        return Prepared(
            key=self._key(ids, request), request=request, payload=ids, tokens=len(ids), fits=fits or cut, cut=cut
        )

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
        sent = digest.of_bytes(array("I", ids).tobytes())
        shape = [request.schema, self._grammar] if request.schema else None
        return digest.of([sent, self._identity, list(request.labels), shape, request.max_tokens])

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


def _frame(tokenizer: Any, kwargs: Mapping[str, object]) -> Frame:  # noqa: ANN401 - as above
    apart = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}]
    folded = [{"role": "user", "content": f"{_SYSTEM}\n\n{_USER}"}]
    for messages in (apart, folded):  # some templates refuse a system message, some drop it
        text = _rendered(tokenizer, messages, kwargs, last=messages is folded)
        if text.count(_SYSTEM) == 1 and text.count(_USER) == 1 and text.index(_SYSTEM) < text.index(_USER):
            before, _, rest = text.partition(_SYSTEM)
            between, _, after = rest.partition(_USER)
            return Frame(before=before, between=between, after=after)
    raise BackendError("this model's chat template does not repeat what it is given; set backend.chat_template=FILE")


def _rendered(tokenizer: Any, messages: list[dict[str, str]], kwargs: Mapping[str, object], *, last: bool) -> str:  # noqa: ANN401
    if not tokenizer.chat_template:
        raise BackendError(
            "this model has no chat template, so it is no instruct model; set backend.chat_template=FILE"
        )
    fixed = {"date_string": _FIXED_DATE, "strftime_now": lambda _format: _FIXED_DATE}
    try:
        text: str = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **{**fixed, **kwargs}
        )
    except Exception as error:  # a template may raise anything: it is a program
        if last:
            raise BackendError(f"this model's chat template fails: {error}; set backend.chat_template=FILE") from error
        return ""
    return text
