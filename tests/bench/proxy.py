"""A TCP proxy on loopback that counts what passes, and can cut, delay and truncate answers."""

import asyncio
import threading
from contextlib import suppress

CHUNK_BYTES = 65536


class Proxy:
    """Listens on `port` for a target port; `down_bytes`, `up_bytes`, `connections` and `connections_max` count.

    `trouble` is None, or what happens to answers: `cut` (closed before the first byte), `delay` (by `delay_seconds`),
    `truncate` (closed after `truncate_bytes`).
    """

    def __init__(self, target_port, delay_seconds=0.5, truncate_bytes=400):
        self.target_port, self.delay_seconds, self.truncate_bytes = target_port, delay_seconds, truncate_bytes
        self.trouble = None
        self.up_bytes = self.down_bytes = self.connections = self.connections_max = self.requests = 0
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def break_connections(self):
        """Close every connection that is open."""
        self._call(self._close_writers())

    def close(self):
        """End everything."""
        self._server.close()
        self.break_connections()
        self._call(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _close_writers(self):
        for writer in tuple(self._writers):
            writer.close()

    async def _finish(self):
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()
            return
        self.connections += 1
        self.connections_max = max(self.connections_max, self.connections)
        self._writers |= {writer, up_writer}
        try:
            await asyncio.gather(self._up(reader, up_writer), self._down(up_reader, writer))
        finally:
            self.connections -= 1
            self._writers -= {writer, up_writer}
            writer.close()
            up_writer.close()

    async def _up(self, reader, writer):
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                self.up_bytes += len(data)
                self.requests += data.startswith(b"GET ")
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _down(self, reader, writer):
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if self.trouble == "delay":
                    await asyncio.sleep(self.delay_seconds)
                elif self.trouble == "cut":
                    break
                elif self.trouble == "truncate":
                    writer.write(data[: self.truncate_bytes])
                    await writer.drain()
                    break
                self.down_bytes += len(data)
                writer.write(data)
                await writer.drain()
        writer.close()
