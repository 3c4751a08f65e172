"""A relay in front of a server. It counts round trips and delays replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from support.services import HOST, Server


class Relay:
    """Passes bytes on in both directions.

    A round trip begins when a client sends bytes and ends when bytes of the reply arrive, so
    commands that are sent together are one round trip.
    """

    def __init__(self, server: Server) -> None:
        self.trips = 0
        self.delay = 0.0
        """Seconds by which each reply is late."""
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Relay]:
        """Run it during the block."""
        listener = await asyncio.start_server(self._accept, HOST, 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listener.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await listener.wait_closed()

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there_reader, there_writer = await asyncio.open_connection(HOST, self._server.port)
        asks = _Direction()
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await asyncio.gather(
                    self._pass_on(reader, there_writer, asks, is_reply=False),
                    self._pass_on(there_reader, writer, asks, is_reply=True),
                )
        finally:
            for one in (writer, there_writer):
                one.close()
                with suppress(OSError):
                    await one.wait_closed()
            self._tasks.discard(task)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        asks: _Direction,
        *,
        is_reply: bool,
    ) -> None:
        while data := await reader.read(1 << 16):
            if is_reply and self.delay:
                await asyncio.sleep(self.delay)
            self.trips += asks.is_reply and not is_reply
            asks.is_reply = is_reply
            writer.write(data)
            await writer.drain()
        writer.close()


class _Direction:
    is_reply = True
    """Whether the last bytes were a reply."""
