"""A service of which every endpoint takes a while: ``python -m benchmarks.slow_service`` prints its URL and serves until its standard
input ends.

It answers on an event loop, so that a hundred requests at once take no longer than one.
"""

from __future__ import annotations

import asyncio
import sys

TAKES = 0.05
"""Seconds that an answer takes."""
_BODY = b'{"status": "ok"}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_BODY),
    _BODY,
)
_MISSING = b"HTTP/1.1 404 Not Found\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\n\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection. What is not ``/endpoints/…`` is not there, and that is known at once."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            there = head.split(b" ", 2)[1].startswith(b"/endpoints/")
            if there:
                await asyncio.sleep(TAKES)
            writer.write(_ANSWER if there else _MISSING)
            await writer.drain()
            if b"connection: close" in head.lower():
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve() -> None:
    """Serve until the standard input ends."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
