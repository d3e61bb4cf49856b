"""
The judge: any server that speaks OpenAI's protocol, `vllm serve` first; several GPUs of a host, or several hosts.

The server tokenises, with control tokens switched on, so here `neutral` alone guards against a row that imitates one.
A key is made of the messages as they are sent, of how labels are read, and of who answers: the model's name there, and
what the server says it was loaded from, as no server tells its revision. The address is no part of it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from judge import digest
from judge.backends import address, probe, wire
from judge.backends.address import Place, Refused
from judge.backends.dialect import Dialect, Ids, Reading
from judge.backends.pace import Pace
from judge.backends.wire import Call
from judge.errors import BackendError, ConfigError
from judge.ports import LEAVES, REFUSED, TOO_LONG, Prepared
from judge.records import Reply, Request

_CHARACTERS = 4  # a token of English, roughly
_DOUBT = 2  # characters a token from which a prompt may be too long
_DENSE = 8  # and from which it is, where the server cannot count
_COUNTED = 4096  # texts whose length the server told
_LONG = ("context length", "context window", "too long", "maximum context", "max_model_len", "maximum model length")


def connect(
    *,
    url: str = "http://127.0.0.1:8000/v1",
    model: str | None = None,
    key_env: str | None = None,
    reading: Reading | Literal["auto"] = "auto",
    chat: Mapping[str, object] | None = None,
    revision: str | None = None,
    dtype: str | None = None,
    quantization: str | None = None,
    max_model_len: int | None = None,
    concurrency: int = 128,
    timeout: float = 120.0,
    retries: int = 8,
    patience: float = 120.0,
) -> "Server":
    """
    Find the server, and find out what it can do: some ten small requests.

    Args:
        url: up to `/v1`; without credentials, as it is written down.
        model: a name that the server knows; None for its only one.
        key_env: the environment's variable that holds the key; None for OPENAI_API_KEY, where it is set.
        reading: how labels are read: `ids`, `top`, `text` (see `dialect`); `auto` for the best that the server has.
        chat: for the chat template, e.g. `enable_thinking: false`.
        revision: of the model, which no server tells; part of the keys, as are the next two.
        dtype: likewise.
        quantization: likewise.
        max_model_len: tokens of prompt and answer; None for what the server says.
        concurrency: requests under way, at most.
        timeout: seconds that one may take.
        retries: how often one is tried again, while others are answered.
        patience: seconds without any answer after which the run stops.

    Raises:
        BackendError: nobody is there, or it does not serve what is asked for.
        ConfigError: a setting that cannot be.
    """
    if reading not in {"auto", "ids", "top", "text"}:
        raise ConfigError(f"backend.reading={reading}: choose one of auto, ids, top, text")
    least = {"concurrency": concurrency >= 1, "timeout": timeout > 0, "retries": retries >= 0, "patience": patience > 0}
    if wrong := [name for name, held in least.items() if not held]:
        raise ConfigError(f"backend.{wrong[0]}: more than that was expected")
    place = address.place(url, key_env)
    found = probe.explore(place, model=model, chat=dict(chat or {}), reading=reading)
    return Server(
        place=place,
        dialect=replace(found, called=None) if revision else found,  # who declares one vouches for it
        declared={"revision": revision, "dtype": dtype, "quantization": quantization},
        limit=max_model_len or found.limit,
        pace=Pace(most=concurrency, timeout=timeout, retries=retries, patience=patience),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Answers over HTTP; what it was told of the server is in `dialect`."""

    place: Place
    dialect: Dialect
    declared: Mapping[str, str | None]
    limit: int | None
    pace: Pace
    name: str = "server"
    prefix_cache: bool = True
    _labels: dict[tuple[tuple[str, ...], str], Ids] = field(init=False, repr=False, compare=False, default_factory=dict)
    _systems: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _counted: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)
    _who: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = self.dialect
        root = None if self.declared.get("revision") else found.root
        how = {"reading": found.reading, "top": found.top, "folded": found.folded, "chat": dict(found.chat)}
        who = {"engine": "server", "model": found.model, "root": root, **self.declared, **how, "decoding": "greedy"}
        object.__setattr__(self, "_who", digest.of(who))

    @property
    def why(self) -> str:
        """Where the rows go."""
        return f"asked for by backend=server; {self.egress}"

    @property
    def egress(self) -> str:
        """Whether rows leave this machine, and for where."""
        if self.place.here:
            return f"rows go to {self.place.host}, which is this machine"
        return f"{LEAVES}, for {self.place.host}"

    def describe(self) -> Mapping[str, object]:
        """Model and server as far as they tell, what was declared of them, and where the rows go."""
        found = self.dialect
        return {
            "engine": "server",
            "engine_version": found.engine,
            "model": found.model,
            "root": found.root,
            **self.declared,
            "reading": f"top {found.top}" if found.reading == "top" else found.reading,
            "settings": {
                "url": self.place.url,
                "folded": found.folded,
                "schema": found.schema,
                "max_model_len": self.limit,
                "chat": dict(found.chat),
            },
            "egress": self.egress,
            "note": "a server does not tell the revision of its model: what is not declared here is not known",
        }

    def prepare(self, request: Request) -> Prepared:
        """
        Name the answer by what is sent and to whom.

        Pure but for what the server alone knows, and is asked once: the labels' tokens, and how long a prompt is that
        may be too long. All other lengths are estimates.

        Raises:
            BackendError: a label is no single token, or the server cannot go on with the beginning of an answer.
        """
        if request.prefill and not self.dialect.continues:
            raise BackendError(
                f"prefill={request.prefill!r}, but {self.place.host} cannot be made to go on with an answer: that takes"
                " vllm serve, read by token ids; set prefill=''"
            )
        ids = self._ids(request) if request.labels else {}
        shape = dict(request.schema) if request.schema and self.dialect.schema else None
        if request.system not in self._systems:
            self._systems[request.system] = digest.of(request.system)
        user = request.row + request.question
        said = [self._systems[request.system], user, request.prefill]
        answer = [list(request.labels), [list(group) for group in ids.values()], shape, request.max_tokens]
        key = digest.of([self._who, said, answer])
        tokens, fits = self._length(request)
        return Prepared(key=key, request=request, payload=user, tokens=tokens, fits=fits)

    def answer(self, asked: Iterable[Prepared]) -> Iterator[Sequence[tuple[Prepared, Reply]]]:
        """Keep the server busy, and yield what comes as it comes; one that it refuses has a reply that says so."""
        url = f"{self.place.url}/chat/completions"
        calls = (Call(about=p, name=p.key, url=url, body=self._body(p)) for p in asked)
        small = self.dialect.asked(self.dialect.messages("Grade.", "-"), 1)
        known = Call(about=None, name="small", url=url, body=json.dumps(small).encode())
        models = Call(about=None, name="models", url=f"{self.place.url}/models")
        again = None if self.declared.get("revision") else (models, probe.still(self.dialect))
        with closing(wire.ask(self.place, calls, self._read, self.pace, small=known, again=again)) as answered:
            for done in answered:
                yield [(p, _refused(told) if isinstance(told, Refused) else told) for p, told in done]

    def _body(self, prepared: Prepared) -> bytes:
        request = prepared.request
        body = self.dialect.request(request, self._ids(request) if request.labels else {})
        # the properties of a schema keep their order: a judge gives its reason before its label
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def _read(self, prepared: Prepared, value: Mapping[str, Any]) -> Reply:
        request = prepared.request
        return self.dialect.reply(request, self._ids(request) if request.labels else {}, value)

    def _ids(self, request: Request) -> Ids:
        """The tokens of its labels, where they are asked for by these."""
        if self.dialect.reading != "ids":
            return {}
        name = (request.labels, request.prefill)
        if name not in self._labels:
            self._labels[name] = probe.label_ids(self.place, self.dialect, request.labels, request.prefill)
        return self._labels[name]

    def _length(self, request: Request) -> tuple[int, bool]:
        """Tokens of the prompt, and whether it fits: counted by the server only where that is in doubt."""
        characters = sum(map(len, (request.system, request.row, request.question, request.prefill)))
        tokens = characters // _CHARACTERS + 1
        room = None if self.limit is None else self.limit - request.max_tokens
        if room is None or characters <= _DOUBT * room:
            return tokens, True
        if not self.dialect.tokenizes:
            return tokens, characters <= _DENSE * room
        try:
            shared = self._count({"messages": self.dialect.messages(request.system, request.row)})
            own = self._count({"prompt": request.question + request.prefill, "add_special_tokens": False})
        except BackendError:  # it has trouble: whoever sends the prompt waits for it
            return tokens, characters <= _DENSE * room
        counted = shared + own if shared else tokens
        return counted, counted <= room

    def _count(self, what: Mapping[str, object]) -> int:
        """Tokens as the server counts them: once for a row, however many rubrics ask about it, and once for each."""
        name = digest.of(what)
        if name not in self._counted:
            if len(self._counted) >= _COUNTED:
                self._counted.clear()
            self._counted[name] = len(probe.tokenize(self.place, self.dialect, what))
        return self._counted[name]


def _refused(told: Refused) -> Reply:
    """No answer, and why: it is kept nowhere."""
    if any(word in told.words.lower() for word in _LONG):
        return Reply(text="the server said that it does not fit the judge's context", stop=TOO_LONG)
    return Reply(text=f"the server said {told.status}: {told.words}" if told.status else told.words, stop=REFUSED)
