"""
How a server wants to be asked, and how what it says is read. Pure: `probe` finds out which dialect a server speaks.

A label's probability comes in one of three ways. `ids`: the label is forced, and the true, unmasked probability of each
label asked for by token id (vLLM). `top`: labels are read off the most probable tokens; one that is not among them has
at most what the least of these has, and no more than is left over, so the reply keeps that bound under `UNSEEN` and
invents nothing. `text`: what was written; where that is a label the bound of each is 1, as nothing is known, and where
it is none there is nothing to read.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from judge.backends import readout
from judge.errors import BackendError
from judge.ports import UNSEEN
from judge.records import Reply, Request
from judge.text import whole

Reading = Literal["ids", "top", "text"]
Ids = Mapping[str, tuple[int, ...]]

_BY_ID = "token_id:"  # how a token goes by its id
_LEAST = -9999.0  # what vLLM writes for no probability at all
_ROUNDING = 1e-6  # of probabilities in single precision
_ABSURD = 1 << 40  # tokens that no request has
_SPACES = " \t\r\n\u2581\u0120"  # and what tokenizers write for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """
    A model as one server serves it.

    Attributes:
        model: the name it goes by there.
        root: what the server says that it was loaded from, if it tells another name.
        called: the name that its answers give it, where they give one.
        engine: name and version of the server, if it tells.
        limit: tokens of prompt and answer, if it tells.
        tokenizes: whether it says which tokens a text is.
        reading: how a label's probability is had.
        top: how many alternatives are asked for, where labels are read off them.
        folded: whether the instructions stand in the user's message, as the chat template takes no system message.
        room: what the length of an answer is called.
        schema: whether the form of an answer can be enforced.
        chat: settings of the chat template; not every server knows them.
    """

    model: str
    root: str | None = None
    called: str | None = None
    engine: str | None = None
    limit: int | None = None
    tokenizes: bool = False
    reading: Reading = "text"
    top: int = 0
    folded: bool = False
    room: str = "max_tokens"
    schema: bool = False
    chat: Mapping[str, object]

    @property
    def continues(self) -> bool:
        """Whether it goes on with an answer that is begun for it; the server that forces tokens does."""
        return self.reading == "ids"

    def asked(self, messages: Sequence[Mapping[str, str]], tokens: int, **more: object) -> dict[str, object]:
        """The body of a request for at most so many tokens, the most probable one each time."""
        chat = {"chat_template_kwargs": dict(self.chat)} if self.chat else {}
        return {
            "model": self.model,
            "messages": messages,
            "temperature": 0.0,
            self.room: tokens,
            **chat,
            **more,
        }

    def messages(self, system: str, user: str, prefill: str = "") -> list[dict[str, str]]:
        """Instructions, question, and the beginning of the answer where there is one."""
        begun = [{"role": "assistant", "content": prefill}] if prefill else []
        if self.folded:
            return [{"role": "user", "content": f"{system}\n\n{user}"}, *begun]
        return [{"role": "system", "content": system}, {"role": "user", "content": user}, *begun]

    def request(self, request: Request, ids: Ids) -> dict[str, object]:
        """The body that asks for a label or for words; `ids` are the labels' tokens where they go by these."""
        said = self.messages(request.system, request.row + request.question, request.prefill)
        more = dict(CONTINUED) if request.prefill else {}
        if request.labels and self.reading == "ids":
            more |= by_ids([i for group in ids.values() for i in group])
        elif request.labels and self.reading == "top":
            more |= by_top(self.top)
        elif request.schema and self.schema:
            more |= in_form(request.schema)
        return self.asked(said, request.max_tokens, **more)

    def reply(self, request: Request, ids: Ids, value: Mapping[str, Any]) -> Reply:
        """
        What came back.

        Raises:
            LookupError, TypeError, ValueError, AttributeError, ArithmeticError: it is no whole answer.
            BackendError: it is of another model.
        """
        if self.called and (told := called(value)) and told != self.called:
            raise BackendError(changed(self.called, told))
        choice, usage = value["choices"][0], value.get("usage") or {}
        text = whole(choice["message"].get("content") or "")
        logprobs: dict[str, float] = {}
        if request.labels:
            text = text.strip(_SPACES)
            if self.reading == "ids":
                logprobs = readout.label_logprobs(_named(value), ids)
            elif self.reading == "top":
                logprobs = _listed(alternatives(value), request.labels)
            elif text in request.labels:
                logprobs = {UNSEEN: 0.0}
            seen = {label: x for label, x in logprobs.items() if label != UNSEEN}
            text = readout.best(seen) if seen else text
        details = usage.get("prompt_tokens_details") or {}
        return Reply(
            text=text,
            logprobs=logprobs,
            stop=whole(str(choice.get("finish_reason") or "unknown")),
            prompt_tokens=count(usage.get("prompt_tokens")),
            cached_tokens=count(details.get("cached_tokens")),
            generated_tokens=count(usage.get("completion_tokens")),
        )


CONTINUED: Mapping[str, object] = {"add_generation_prompt": False, "continue_final_message": True}


def called(value: Mapping[str, Any]) -> str | None:
    """The model that an answer says it is of."""
    told = value.get("model")
    return whole(told) if isinstance(told, str) and told else None


def changed(before: str, now: str) -> str:
    """What to say where another model is served than was."""
    return (
        f"the server was {before!r} and is {now!r} now: none of what that says is kept, as it would stand under the"
        " first one's name; serve the first again, or name the other by backend.model, and start the same command; to"
        " vouch that they are one, declare backend.revision"
    )


def by_ids(ids: Sequence[int]) -> dict[str, object]:
    """What forces one of these tokens, and asks for the unmasked probability of each."""
    return {
        "logprobs": True,
        "allowed_token_ids": list(ids),
        "logprob_token_ids": list(ids),
        "return_tokens_as_token_ids": True,
    }


def by_top(top: int) -> dict[str, object]:
    """What asks for the most probable tokens."""
    return {"logprobs": True, "top_logprobs": top}


def in_form(schema: Mapping[str, object]) -> dict[str, object]:
    """What asks for JSON of a schema."""
    form = {"name": "rationale", "strict": True, "schema": dict(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def count(said: object) -> int:
    """Tokens that a server says it counted; none where that is no such number."""
    return int(said) if isinstance(said, int | float) and 0 <= said < _ABSURD else 0


def alternatives(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The tokens that an answer's first was chosen from, as the server lists them; none where it does not."""
    content = (value["choices"][0].get("logprobs") or {}).get("content") or [{}]
    return list(content[0].get("top_logprobs") or ())


def lists(value: Mapping[str, Any], ids: Sequence[int]) -> bool:
    """Whether an answer has the probability of each of these tokens."""
    return {f"{_BY_ID}{i}" for i in ids} <= {token.get("token") for token in alternatives(value)}


def _named(value: Mapping[str, Any]) -> dict[int, float]:
    return {int(t["token"].removeprefix(_BY_ID)): _logprob(t) for t in alternatives(value)}


def _listed(tokens: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> dict[str, float]:
    """Log-probability of each label that is listed, and the bound of those that are not, where some are not."""
    known = [(token, x) for token in tokens if (x := _logprob(token)) > _LEAST]  # the others only fill the list
    listed = [(str(token["token"]).strip(_SPACES), math.exp(x)) for token, x in known]
    if not listed:
        raise LookupError("no alternatives")
    sums = {label: math.fsum(p for text, p in listed if text == label) for label in labels}
    found = {label: math.log(p) for label, p in sums.items() if p > 0}
    if len(found) < len(labels):
        left = 1.0 - math.fsum(p for _, p in listed)
        least = min(p for _, p in listed)
        found[UNSEEN] = max(math.log(max(min(least, max(left, _ROUNDING)), 1e-300)), _LEAST)
    return found


def _logprob(token: Mapping[str, Any]) -> float:
    found = float(token["logprob"])
    return _LEAST if math.isnan(found) else max(min(found, 0.0), _LEAST)
