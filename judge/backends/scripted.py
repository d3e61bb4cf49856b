"""
The test double: a backend whose answers come from a function. Shipped, because users test their rubrics with it too.

It has no tokenizer: a prompt's tokens are estimated from its length, and the text itself is what the key is made of.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from judge import digest
from judge.errors import BackendError
from judge.ports import Prepared
from judge.records import Reply, Request

Script = Callable[[Request], Mapping[str, float] | str]

_FLOOR = 1e-6
_KEPT = 10_000  # keys: a double takes no more room than a judge
_CHARACTERS = 4  # a token of English, roughly


def connect(
    *, script: Script | None = None, name: str = "by_digest", limit: int = 8192, batch: int = 64, seconds: float = 0.0
) -> "Scripted":
    """
    Make a judge of a function.

    Args:
        script: from a request to the probability of each label, or to the text of a rationale.
        name: names the script in keys and manifest; two scripts must not share one.
        limit: tokens a prompt may have.
        batch: requests answered at a time.
        seconds: pause before each batch, to watch a progress bar or to kill a run.
    """
    if batch < 1:
        raise BackendError(f"backend.batch={batch}: at least 1 was expected")
    return Scripted(script=script or by_digest, script_name=name, limit=limit, batch=batch, seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """Answers from a function; keys of the last that it was asked are in `asked`."""

    script: Script
    script_name: str
    limit: int
    batch: int
    seconds: float
    name: str = "scripted"
    prefix_cache: bool = False
    why: str = "asked for by backend=scripted: a test double, its grades mean nothing"
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT), repr=False, compare=False)

    def describe(self) -> Mapping[str, object]:
        """Which script answers."""
        return {"engine": "scripted", "model": self.script_name, "revision": None}

    def prepare(self, request: Request) -> Prepared:
        """Name the answer by the full text of what would be sent."""
        prompt = f"{request.system}\n{request.row}{request.question}{request.prefill}"
        answer = [list(request.labels), request.schema, request.max_tokens]
        tokens = _tokens(prompt)
        return Prepared(
            key=digest.of(["scripted", self.script_name, prompt, answer]),
            request=request,
            payload=prompt,
            tokens=tokens,
            fits=tokens + request.max_tokens <= self.limit,
        )

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Answer batch after batch, in order."""
        batch: list[Prepared] = []
        for prepared in asked:
            batch.append(prepared)
            if len(batch) == self.batch:
                yield self._reply_all(batch)
                batch = []
        if batch:
            yield self._reply_all(batch)

    def _reply_all(self, batch: Sequence[Prepared]) -> list[tuple[Prepared, Reply]]:
        time.sleep(self.seconds)
        self.asked.extend(prepared.key for prepared in batch)
        return [(prepared, self._reply(prepared)) for prepared in batch]

    def _reply(self, prepared: Prepared) -> Reply:
        said = self.script(prepared.request)
        if isinstance(said, str):
            return Reply(text=said, prompt_tokens=prepared.tokens, generated_tokens=_tokens(said))
        logprobs = {label: math.log(max(p, _FLOOR)) for label, p in said.items()}
        best = max(logprobs, key=lambda label: logprobs[label])
        return Reply(text=best, logprobs=logprobs, stop="length", prompt_tokens=prepared.tokens, generated_tokens=1)


def _scale(schema: Mapping[str, Any]) -> list[str]:
    return list(schema.get("properties", {}).get("label", {}).get("enum", ()))


def _tokens(text: str) -> int:
    return len(text) // _CHARACTERS + 1


def _of_pair(request: Request) -> Mapping[str, float] | str:
    """By the lines of both records, in whichever order; beside the contradictions as many doubtful cases."""
    draw = int(digest.of([sorted(request.row.splitlines()), request.question])[-8:], 16) / 0xFFFFFFFF * 16
    *kinds, fine = request.labels or _scale(request.schema or {})
    kind = kinds[int(draw * 1000) % len(kinds)]
    if not request.labels:
        said = {"evidence": "", "reason": "A scripted judge has no reasons."}
        return digest.canonical_json({**said, "label": kind if draw < 1 else fine})
    against = 0.9 if draw < 1 else 0.3 if draw < 2 else 0.02  # noqa: PLR2004 - the second sixteenth
    return {**dict.fromkeys(kinds, 0.0), kind: 0.999 * against, fine: 0.999 * (1 - against)}


def by_digest(request: Request) -> Mapping[str, float] | str:
    """
    Grades that look like a judge's and mean nothing: fixed by the row's digest, mostly near the top of the scale.

    One row in sixteen gets a low grade; one pair in sixteen is a contradiction, whichever of the two comes first.
    """
    if request.pair:
        return _of_pair(request)
    draw = int(digest.of([request.row, request.question])[-8:], 16) / 0xFFFFFFFF
    labels = request.labels
    if not labels:
        said = {"evidence": "", "reason": "A scripted judge has no reasons."}
        scale = _scale(request.schema or {})
        return digest.canonical_json({**said, "label": scale[-1 if draw > 1 / 16 else 0]} if scale else said)
    peak = (1.0 - (1.0 - draw) ** 4 * 0.9) * len(labels) if draw > 1 / 16 else draw * 16 * 1.5 + 0.5
    raw = [math.exp(-abs(position - peak) * 2) for position in range(1, len(labels) + 1)]
    return {label: 0.999 * x / math.fsum(raw) for label, x in zip(labels, raw, strict=True)}
