"""How long the server waits for whoever connects, and how many may: a head that does not come ends the connection."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD = 10.0  # seconds from the first byte of a request, or from a connection's begin, until its head is there
MOST = 256  # connections at once; those beyond are closed


class Patient(H11Protocol):
    """uvicorn's own protocol, which waits for a request's head without end and takes any number of connections."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own
        """Take a connection, and wait for its first request."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.close()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; while it is no whole head, the time runs."""
        if self._late is None and self.conn.their_state is h11.IDLE:
            self._wait()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a connection."""
        self._settle()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEAD, self._give_up)

    def _settle(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
