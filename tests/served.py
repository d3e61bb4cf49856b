"""Real servers on this machine: a small one that speaks chat completions in many dialects, and `vllm serve` itself."""

import asyncio
import json
import math
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from conftest import IN_PROCESS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from judge import digest

LABELS = "12345"
JUNK = ("The", " I", "\n", "Well", " label", "A", "Sure", "score", " Record", "#", "0", "9", "it", " of", "-", "<")


def probabilities(user: str) -> dict[str, float]:
    """What the small judge thinks of a question: most on labels, a little on other tokens, fixed by the text."""
    draw = int(digest.of(user)[-6:], 16) / 0xFFFFFF
    raw = {label: math.exp(-abs(n - draw * 6) * 2) for n, label in enumerate(LABELS, start=1)}
    whole = math.fsum(raw.values())
    labels = {label: 0.9 * p / whole for label, p in raw.items()}
    return labels | {token: 0.05 / (n + 1) / 3.4 for n, token in enumerate(JUNK)}


@dataclass(kw_only=True)
class Small:
    """
    A server without token ids.

    Attributes:
        top: alternatives that it gives at most; 0 for none at all.
        key: what it asks for as a key.
        longest: characters of a prompt that it takes.
        seconds: that an answer takes.
        system: what it does with a system message: `takes`, `refuses` or `drops` it.
        schemas: whether it knows `response_format`.
        chat: whether it knows `chat_template_kwargs`.
        room: the one word for the answer's length that it knows.
        models: names.
        called: the model that it says an answer is of, if any.
        root: what it says its models were loaded from, if anything.
        writes: what it says whatever it is asked, if not what it thinks.
        tokenize: what it says where vLLM tells tokens; None where there is nothing.
        turn_away: called with each question's number and text: another response, or None.
        asked: bodies of what was asked; answered: texts that were answered, as often as they were.
        most: the most that were under way at once.
    """

    top: int = 20
    key: str = ""
    longest: int = 10**9
    seconds: float = 0.0
    system: str = "takes"
    schemas: bool = True
    chat: bool = True
    room: str = "max_tokens"
    models: tuple[str, ...] = ("small",)
    called: str | None = None
    root: str | None = None
    writes: str | None = None
    tokenize: Callable[[dict[str, Any]], Response] | None = None
    turn_away: Callable[[int, str], Response | None] = lambda _n, _user: None
    asked: list[dict[str, Any]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    most: int = 0
    gone: int = 0  # clients that did not wait
    _now: int = 0

    @property
    def app(self) -> Starlette:
        """The routes."""
        routes = [
            Route("/v1/models", self.list_models),
            Route("/v1/chat/completions", self.complete, methods=["POST"]),
        ]
        if self.tokenize:
            routes += [Route("/tokenize", self.tell_tokens, methods=["POST"])]
        return Starlette(routes=routes)

    async def tell_tokens(self, request: Request) -> Response:
        """Tokens of a text."""
        assert self.tokenize
        return self.tokenize(await request.json())

    async def list_models(self, request: Request) -> Response:
        """Their names."""
        if refused := self._locked(request):
            return refused
        more = {"root": self.root} if self.root else {}
        return JSONResponse(
            {"object": "list", "data": [{"id": name, "object": "model", **more} for name in self.models]}
        )

    async def complete(self, request: Request) -> Response:
        """An answer to a chat."""
        body = await request.json()
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            self.asked.append(body)
            self.headers.append(dict(request.headers))
            if refused := self._locked(request) or self._unlike(body):
                return refused
            user = body["messages"][-1]["content"]
            if other := self.turn_away(len(self.asked), user):
                return other
            for _ in range(max(1, int(self.seconds / 0.02))):
                await asyncio.sleep(min(self.seconds, 0.02))
                if await request.is_disconnected():
                    self.gone += 1
                    return Response(status_code=499)
            self.answered.append(user)
            return JSONResponse(self._answer(body, user))
        finally:
            self._now -= 1

    def _locked(self, request: Request) -> Response | None:
        given = request.headers.get("authorization")
        wrong = bool(self.key) and given != f"Bearer {self.key}"
        return refusal(401, f"Incorrect API key provided: {given}") if wrong else None

    def _unlike(self, body: Mapping[str, Any]) -> Response | None:
        """The first of what it does not know."""
        length = sum(len(m["content"]) for m in body["messages"])
        complaints = (
            (body["model"] not in self.models, 404, f"The model {body['model']} does not exist."),
            (self.room not in body, 400, f"Unsupported parameter. Use '{self.room}' instead."),
            (self.system == "refuses" and body["messages"][0]["role"] == "system", 400, "System role not supported"),
            ("response_format" in body and not self.schemas, 400, "Unknown parameter: response_format"),
            ("chat_template_kwargs" in body and not self.chat, 400, "Unrecognized argument: chat_template_kwargs"),
            (body.get("top_logprobs", 0) > self.top > 0, 400, f"top_logprobs must be at most {self.top}"),
            (length > self.longest, 400, f"The maximum context length is {self.longest}; you sent {length}."),
        )
        return next((refusal(status, said) for wrong, status, said in complaints if wrong), None)

    def _answer(self, body: Mapping[str, Any], user: str) -> dict[str, Any]:
        ranked = sorted(probabilities(user).items(), key=lambda item: -item[1])
        counted = [m["content"] for m in body["messages"] if self.system != "drops" or m["role"] != "system"]
        content = json.dumps({"evidence": "", "reason": "It is so."}) if body[self.room] > 1 else ranked[0][0]
        choice: dict[str, Any] = {"index": 0, "finish_reason": "length", "message": {"role": "assistant"}}
        choice["message"]["content"] = content if self.writes is None else self.writes
        if body.get("logprobs") and self.top:
            listed = [{"token": token, "logprob": math.log(p)} for token, p in ranked[: body["top_logprobs"]]]
            choice["logprobs"] = {"content": [{**listed[0], "top_logprobs": listed}]}
        usage = {"prompt_tokens": sum(map(len, counted)), "completion_tokens": 1}
        who = {"model": self.called} if self.called else {}
        return {"id": "x", "object": "chat.completion", **who, "choices": [choice], "usage": usage}


def refusal(status: int, message: str, **headers: str) -> Response:
    """An error as OpenAI words it."""
    return JSONResponse({"error": {"message": message, "code": status}}, status_code=status, headers=headers)


@contextmanager
def listening(app: Any, port: int = 0) -> Iterator[str]:
    """An app on a free port of this machine, or this one, in a thread; its address up to `/v1`."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.005)
            yield f"http://127.0.0.1:{door.getsockname()[1]}/v1"
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@contextmanager
def vllm_serve(model: Path, log: Path) -> Iterator[str]:
    """`vllm serve` of a folder, as a user would start it; its address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    words = ["--model", str(model), "--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--dtype", "float32", "--enforce-eager", "--block-size", "32", "--max-model-len", "8192"]
    words += ["--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}']
    words += ["--enable-prompt-tokens-details"]
    offline = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    # `vllm serve` is the same, but in the CPU build looks for the version of a package that has another name there
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *words]
    environment = {**os.environ, **IN_PROCESS, **offline}
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment, start_new_session=True)
    try:
        end = time.monotonic() + 300
        while not _answers(f"http://127.0.0.1:{port}/health"):
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-3000:]
            assert time.monotonic() < end, log.read_text(encoding="utf-8", errors="replace")[-3000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - of this machine
            return bool(response.status == 200)
    except OSError:
        return False
