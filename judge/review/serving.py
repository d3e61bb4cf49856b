"""A socket on this machine, and a web app served on it until somebody ends it."""

import html
import ipaddress
import os
import socket
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from judge.errors import ConfigError, Interrupted

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Server

_LAST_PORT = 65535
_DOOR = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={}"><title>review</title>\n'
LOCAL = ("127.0.0.1", "localhost")


def loopback(host: str) -> bool:
    """Whether nobody but this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names(host: str) -> tuple[str, ...]:
    """The names under which a page may be asked for that is served there; links have the first."""
    return (host, *(name for name in (*LOCAL, "::1") if name != host)) if loopback(host) else (host,)


def known(host: str) -> None:
    """Raise `ConfigError` where a name or address is none that is known here."""
    try:
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ConfigError(f"--host {host}: no such host is known here") from error


@contextmanager
def doors(links: Collection[str]) -> Iterator[list[Path]]:
    """
    A file for each link that leads a browser to it, until the block ends.

    A browser is started by a command line, which everyone on the machine may read; these files nobody else may.
    """
    if not links:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="judge-review-") as folder:  # of mode 700
        made = []
        for n, link in enumerate(links):
            made.append(Path(folder) / f"{n}.html")
            made[-1].write_text(_DOOR.format(html.escape(link)), encoding="utf-8")
        yield made


def listen(host: str, port: int) -> socket.socket:
    """
    A socket that listens; port 0 takes any that is free.

    Raises:
        ConfigError: the address is every address of this machine, is none of it or none at all, or the port is taken.
    """
    try:
        everywhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        everywhere = not host
    if not 0 <= port <= _LAST_PORT:
        raise ConfigError(f"--port {port}: there are ports up to {_LAST_PORT}")
    if everywhere:
        raise ConfigError(f"--host {host} is every address at once; name the one by which others reach this machine")
    known(host)
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)  # its own words name the address once more
        raise ConfigError(f"cannot listen at {host}, port {port}: {why}; choose another with --port") from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it: answers do not wait
    return listener


def server(app: "ASGIApp") -> "Server":
    """What serves the app: no log of requests, nothing that says what it is, and no header of a proxy is believed."""
    from uvicorn import Config, Server

    from judge.review.patience import Patient

    return Server(
        Config(
            app,
            loop="asyncio",
            http=Patient,
            h11_max_incomplete_event_size=16 * 1024,  # bytes of a head
            timeout_keep_alive=5,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            workers=1,
        )
    )


def serve(app: "ASGIApp", listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM: that is how a review ends, and no failure."""
    try:
        server(app).run(sockets=[listener])
    except Interrupted:
        return
    finally:
        listener.close()
