"""The review page over HTTP: a page, its parts, and a few questions in JSON. It knows neither rows nor files."""

import json
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from judge.errors import JudgeError
from judge.review import asked
from judge.review.guard import WHO, Guard, Guarded

Told = Mapping[str, Any]
_KINDS = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """
    What lies on the desk of whoever reviews. All callables may be called from several threads at once.

    Attributes:
        page: the page as it is by now, as HTML.
        assets: its scripts and styles by name; nothing else is ever served.
        data: what the page shows, as JSON.
        rows: how many rows there are.
        groups: by group, the rows of each of its camps.
        row: all of one row.
        queue: rows in an order, by its name; None where there is no such order.
        state: what a person may see of what was said, after the line of that number.
        decide, undo: do so for a person, and say what `state` does.
        finish: writes the labels and says what the decisions come to.
        told: one line for the terminal.
    """

    page: Callable[[], bytes]
    assets: Mapping[str, bytes]
    data: bytes
    rows: int
    groups: asked.Groups
    row: Callable[[int], Told]
    queue: Callable[[str], Told | None]
    state: Callable[[str, int], Told]
    decide: Callable[[str, asked.Decide], Told]
    undo: Callable[[str, asked.Undo], Told]
    finish: Callable[[str], Told]
    told: Callable[[str], None]


def app(desk: Desk, guard: Guard) -> ASGIApp:
    """The web app; every answer goes through the guard."""
    routes = [
        Route("/", _answering(_page, desk), methods=["GET"]),
        *(
            Route(f"/assets/{name}", _constant(data, _KINDS[Path(name).suffix]), methods=["GET"])
            for name, data in desk.assets.items()
        ),
        Route("/favicon.ico", _nothing, methods=["GET"]),  # browsers ask by themselves
        Route("/api/data", _constant(desk.data, "application/json"), methods=["GET"]),
        *(
            Route(f"/api/{path}", _answering(answer, desk), methods=[method])
            for path, method, answer in (
                ("row/{index}", "GET", _row),
                ("queue", "GET", _queue),
                ("state", "GET", _state),
                ("decide", "POST", _decide),
                ("undo", "POST", _undo),
                ("finish", "POST", _finish),
            )
        ),
    ]
    made = Starlette(routes=routes)
    made.router.redirect_slashes = False
    return Guarded(made, guard)


Answer = Callable[[Desk, str, Request], Awaitable[Told | Response]]


async def _nothing(_: Request) -> Response:
    return Response(status_code=204)


def _constant(data: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return Response(data, media_type=kind)

    return answer


def _answering(act: Answer, desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    """What is told, as JSON; what goes wrong, as a sentence. The terminal is told of bugs, and never of a row."""

    async def answer(request: Request) -> Response:
        try:
            told = await act(desk, request.scope[WHO], request)
            return told if isinstance(told, Response) else _json(told)
        except asked.RefusedError as error:
            told = _json({"error": str(error)}, error.status)
            if error.status != 400:  # noqa: PLR2004 - of any other the rest was not read, and is not waited for
                told.headers["connection"] = "close"
            return told
        except HTTPException as error:
            return PlainTextResponse("there is no such thing\n", error.status_code)
        except JudgeError as error:
            desk.told(str(error))
            return _json({"error": str(error)}, 503)
        except Exception as error:  # noqa: BLE001 - the page says so, and others go on
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
            desk.told(f"the review page met a bug: {where}")
            return _json({"error": f"this is a bug: {where}"}, 500)

    return answer


def _json(told: Told, status: int = 200) -> Response:
    # a row may hold halves of characters, which UTF-8 cannot: ASCII with escapes holds all
    text = json.dumps(told, separators=(",", ":"), allow_nan=False)
    return Response(text.encode("ascii"), status, media_type="application/json")


async def _page(desk: Desk, _: str, __: Request) -> Response:
    return Response(await run_in_threadpool(desk.page), media_type="text/html")


async def _row(desk: Desk, _: str, request: Request) -> Told:
    index = request.path_params["index"]
    if len(index) > 9 or not (index.isascii() and index.isdecimal()) or int(index) >= desk.rows:  # noqa: PLR2004 - digits
        raise HTTPException(404)
    return await run_in_threadpool(desk.row, int(index))


async def _queue(desk: Desk, _: str, request: Request) -> Told:
    told = desk.queue(request.query_params.get("order", ""))
    if told is None:
        raise HTTPException(404)
    return told


async def _state(desk: Desk, who: str, request: Request) -> Told:
    return await run_in_threadpool(desk.state, who, asked.since(request.query_params.get("since", "0")))


async def _decide(desk: Desk, who: str, request: Request) -> Told:
    return await run_in_threadpool(desk.decide, who, asked.decide(await asked.body(request), desk.rows, desk.groups))


async def _undo(desk: Desk, who: str, request: Request) -> Told:
    return await run_in_threadpool(desk.undo, who, asked.undo(await asked.body(request)))


async def _finish(desk: Desk, who: str, request: Request) -> Told:
    await asked.body(request)
    return await run_in_threadpool(desk.finish, who)
