"""A line to the platform that can be cut, as a browser's in a train."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from hepnb.cluster.ports import free_port


class Line:
    """Passes on what comes to a port of its own, in both directions."""

    def __init__(self, port: int) -> None:
        """Lead to a port of this machine."""
        self._target, self.port = port, free_port()
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._whole = True

    @property
    def address(self) -> str:
        """Where the browser goes."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End what is open, and let nothing more through."""
        self._whole = False
        self._loop.call_soon_threadsafe(self._end)

    def mend(self) -> None:
        """Let everything through again."""
        self._whole = True

    def start(self) -> None:
        """Until the process ends."""
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        self._loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", self.port))
        self._loop.run_forever()

    def _end(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, back}
        await asyncio.gather(_copy(reader, back), _copy(there, writer))
        self._open -= {writer, back}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()


@contextmanager
def line(port: int) -> Iterator[Line]:
    one = Line(port)
    one.start()
    try:
        yield one
    finally:
        one.cut()
