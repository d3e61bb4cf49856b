"""
Who may speak to the review page: one name of the host, one origin, a session that a link opened once. Nothing of rows.

A page that somebody else made may send requests to this machine, and a name that somebody else owns may be pointed at
it. So a request must name one of our own hosts, one that changes something must come from our own page, and all must
hold the cookie that a one-time link from the terminal gave.
"""

import asyncio
import contextlib
import hmac
import secrets
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 64 * 1024  # bytes of a body
_DIGITS = 12  # of a sane length
WHO = "judge.who"  # where a request's scope holds the name of its person
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_MOMENT = 0.5  # seconds that a refused body is read for
_METHODS = {"GET", "HEAD", "POST"}
_CLOSED = "this page opens by the link that `judge review` prints in the terminal; look there for a fresh one\n"
_USED = "this link was used already, or is of another start; a fresh one stands in the terminal\n"
# a session's cookie does not come with a visit that another page began, but does with one that ours begins
_AGAIN = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>judge review</title>'


class Guard:
    """
    The links, the sessions they opened, and the names of the host.

    Args:
        hosts: addresses and names under which the page is served, without the port; the first stands in links.
        port: of the socket.
        printed: is given a person's name and a fresh link whenever a link was used, so that nobody is locked out.
    """

    def __init__(self, hosts: Iterable[str], port: int, printed: Callable[[str, str], None]) -> None:
        named = [_authority(host, port) for host in hosts]
        self.hosts = frozenset(named) | ({name.removesuffix(":80") for name in named} if port == 80 else set())  # noqa: PLR2004
        # Cookies know no ports. The name keeps two reviews on one machine apart; it keeps no secret: a browser shows
        # this cookie to whatever it opens on another port of the same host, and who runs a server there could use it
        # until the review ends. Nothing else that is bound to a port comes with every part that a page loads.
        self.cookie = f"judge_review_{port}"
        self._home = f"http://{named[0]}/"
        self._printed = printed
        self._lock = threading.Lock()
        self._links: dict[str, str] = {}
        self._sessions: dict[str, str] = {}

    def invite(self, name: str) -> str:
        """A fresh link for a person; good once."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._links[token] = name
        return f"{self._home}?token={token}"

    def enter(self, token: str) -> str | None:
        """Use up a link: the value of a session's cookie, or None where there is no such link (any more)."""
        with self._lock:
            known = _same(token, self._links)
            if known is None:
                return None
            name, session = self._links.pop(known), secrets.token_urlsafe(32)
            self._sessions[session] = name
        self._printed(name, self.invite(name))
        return session

    def who(self, session: str) -> str | None:
        """The person of a session."""
        with self._lock:
            known = _same(session, self._sessions)
            return None if known is None else self._sessions[known]


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host.lower()}:{port}"


def _same(secret: str, known: Mapping[str, str]) -> str | None:
    """The one of the known secrets that this is; how long that takes tells nothing of any of them."""
    given, found = secret.encode("utf-8", "replace"), None
    for one in known:
        if hmac.compare_digest(given, one.encode("utf-8")):
            found = one
    return found


class Guarded:
    """An ASGI app that lets nothing through to another but what the guard knows."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer a request, or hand it on; whatever is answered here or behind carries the headers of this page.

        What is no HTTP at all never comes here: the server answers it with a bare 400 that shows nothing.
        """
        if scope["type"] != "http":  # no sockets, and nothing to start or to end
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._answer(scope)
        if answer is not None:
            answer.headers["connection"] = "close"  # a body may be on its way, and is not waited for
            await _drained(receive)
            await answer(scope, receive, dressed)
        else:
            await self._app(scope, receive, dressed)

    def _answer(self, scope: Scope) -> Response | None:
        """What is wrong with a request, or where it leads; None lets it through, its person's name with it."""
        headers = _headers(scope)
        hosts = headers.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._guard.hosts:
            return PlainTextResponse("no page is served under that name\n", 400)
        if scope["method"] not in _METHODS:
            return PlainTextResponse("GET and POST only\n", 405, {"allow": "GET, HEAD, POST"})
        wrong = _bodied(scope, headers) or _forged(scope, headers, f"http://{hosts[0].lower()}")
        return wrong or self._unknown(scope, headers)

    def _unknown(self, scope: Scope, headers: Mapping[str, list[str]]) -> Response | None:
        """What one gets who has no session, or brings a link for one."""
        home = scope["path"] == "/" and scope["method"] == "GET"
        if home and scope["query_string"].startswith(b"token="):
            return self._entered(scope["query_string"])
        who = next(filter(None, map(self._guard.who, _cookies(headers, self._guard.cookie))), None)
        if who is None:
            elsewhere = home and headers.get("sec-fetch-site") == ["cross-site"]
            return HTMLResponse(_AGAIN) if elsewhere else PlainTextResponse(_CLOSED, 401)
        scope[WHO] = who
        return None

    def _entered(self, query: bytes) -> Response:
        token = parse_qs(query.decode("latin-1")).get("token", [""])[0]
        session = self._guard.enter(token)
        if session is None:
            return PlainTextResponse(_USED, 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._guard.cookie, session, path="/", httponly=True, samesite="strict")
        return answer


def _headers(scope: Scope) -> dict[str, list[str]]:
    """All values of each header."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _cookies(headers: Mapping[str, Collection[str]], name: str) -> list[str]:
    pairs = [pair.strip().partition("=") for line in headers.get("cookie", ()) for pair in line.split(";")]
    return [value for key, _, value in pairs if key == name]


def _forged(scope: Scope, headers: Mapping[str, list[str]], origin: str) -> Response | None:
    """What shows that a request was not made by our own page, or is not one that our page makes."""
    asks = scope["path"].startswith("/api/")
    if asks and headers.get("sec-fetch-site", ["same-origin"]) not in (["same-origin"], ["none"]):
        return PlainTextResponse("another page may not ask here\n", 403)
    if scope["method"] != "POST":
        return None
    if [one.lower() for one in headers.get("origin", [])] != [origin]:
        return PlainTextResponse("only the review page itself may change anything\n", 403)
    kinds = [kind.partition(";")[0].strip().lower() for kind in headers.get("content-type", [])]
    if kinds != ["application/json"]:
        return PlainTextResponse("application/json was expected\n", 415)
    return None


def _bodied(scope: Scope, headers: Mapping[str, list[str]]) -> Response | None:
    """A body that has no length has no end, and one where none is expected is not read: neither is let in."""
    asks = scope["method"] == "POST"
    lengths = headers.get("content-length", [] if asks else ["0"])
    if "transfer-encoding" in headers or not lengths:
        return PlainTextResponse("a body must say how long it is\n", 411)
    (length, *_), most = lengths, LARGEST if asks else 0
    if len(length) > _DIGITS or not (length.isascii() and length.isdecimal()) or int(length) > most:
        return PlainTextResponse(f"a body has at most {most} bytes\n", 413)
    return None


async def _drained(receive: Receive) -> None:
    """
    Read away what is on its way, up to a few times of what is allowed, for a moment.

    Who closes a connection on which something is left to be read cuts off the answer, too.
    """
    left = 16 * LARGEST
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_MOMENT):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b"")) + 1
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
