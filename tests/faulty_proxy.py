"""A proxy that breaks what passes through it, as networks and servers do; which, and how, is drawn from a seed."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

KINDS = ("500", "429", "503", "reset before", "reset after", "stall", "truncated", "no json")
_BUSY = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"
)


@dataclass(kw_only=True)
class Faults:
    """
    What is to be broken.

    Attributes:
        share: of the requests.
        stall: seconds that a stalled one waits.
        seed: of the draw.
        done: how often each kind was.
    """

    share: float = 0.3
    stall: float = 2.0
    seed: int = 0
    done: Counter[str] = field(default_factory=Counter)


@contextmanager
def between(url: str, faults: Faults) -> Iterator[str]:
    """A proxy in front of `url`, in a thread; its own address."""
    loop = asyncio.new_event_loop()
    place = urlsplit(url)
    draw = random.Random(faults.seed)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while request := await _message(reader):
                kind = draw.choice(KINDS) if draw.random() < faults.share else "none"
                faults.done[kind] += 1
                if not await _pass(request, writer, (place.hostname or "", place.port or 0), kind, faults.stall):
                    break
        writer.close()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 24)

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{place.path}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    mine = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not mine]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request or response with its body; nothing where the other side has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


async def _pass(request: bytes, writer: asyncio.StreamWriter, to: tuple[str, int], kind: str, stall: float) -> bool:
    """Answer one request, whole or broken; whether the connection is still good."""
    if kind == "reset before":
        writer.transport.abort()
        return False
    if kind == "stall":
        await asyncio.sleep(stall)
        writer.transport.abort()
        return False
    if kind in {"500", "503"}:
        writer.write(f"HTTP/1.1 {kind} Broken\r\nContent-Length: 4\r\n\r\nnope".encode())
    elif kind == "429":
        writer.write(_BUSY)
    else:
        response = await _forward(request, to)
        head, _, body = response.partition(b"\r\n\r\n")
        if kind == "reset after":  # it was answered, and nobody was told
            writer.transport.abort()
            return False
        if kind == "no json":
            response = head + b"\r\n\r\n" + b"[" * len(body)
        if kind == "truncated":
            writer.write(response[: len(head) + 4 + len(body) // 2])
            await writer.drain()
            return False
        writer.write(response)
    await writer.drain()
    return True


async def _forward(request: bytes, to: tuple[str, int]) -> bytes:
    reader, writer = await asyncio.open_connection(*to, limit=1 << 24)
    try:
        writer.write(request)
        await writer.drain()
        return await _message(reader)
    finally:
        writer.close()
