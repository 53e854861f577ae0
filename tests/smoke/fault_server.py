"""A server that misbehaves: real sockets and threads, one behaviour a path.

Nothing in it sleeps: a behaviour that stalls waits for the server to be closed, or for the client to go away.
"""

from __future__ import annotations

import contextlib
import functools
import select
import socket
import ssl
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Asked:
    """A request as it came. Names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class Visit:
    """One request, and the connection it came over. ``number`` counts those of its path, from 1."""

    server: FaultServer
    connection: socket.socket
    asked: Asked
    number: int
    keep: bool = field(default=False)

    def send(self, *parts: bytes | str) -> None:
        for part in parts:
            self.connection.sendall(part.encode() if isinstance(part, str) else part)

    def answer(self, status: int = 200, body: bytes | str = b"", **headers: str) -> None:
        """A whole, correct answer."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("content-length", str(len(data)))
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in named.items())]
        # In one piece: two would wait for each other's acknowledgement, 40 ms at a time.
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if self.asked.method == "HEAD" else data))
        self.keep = self.asked.headers.get("connection", "").lower() != "close"

    def hold(self, seconds: float = 20.0) -> bool:
        """Stall until the server closes or the client goes away; whether that happened before the time was over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            readable, _, _ = select.select([self.connection, self.server.stopped], [], [], max(end - time.monotonic(), 0))
            if self.server.stopped in readable:
                return True
            if readable:
                try:
                    if not self.connection.recv(65_536):
                        return True
                except OSError:
                    return True
        return False

    def hold_quietly(self) -> None:
        """Stall without reading what comes, until the server closes."""
        select.select([self.server.stopped], [], [], 20)

    def reset(self) -> None:
        """End the connection with a RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Visit], None]


class FaultServer:
    """Listens on a port of its own. ``requests`` are all that came, in order; ``sent_to`` the behaviours by path (``*``: all others).

    ``greet`` is called with each new connection before anything is read; when it returns false, the connection is over.
    """

    def __init__(
        self,
        behaviours: Mapping[str, Behaviour] | Behaviour,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        greet: Callable[[FaultServer, socket.socket], bool] | None = None,
    ) -> None:
        self.behaviours = behaviours if isinstance(behaviours, Mapping) else {"*": behaviours}
        self.requests: list[Asked] = []
        self.connections = 0
        self.at_once = 0
        self._busy = 0
        self._tls = tls
        self._greet = greet
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._listener = socket.create_server((host, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.host = host
        self.stopped, self._stop = socket.socketpair()
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def paths(self) -> list[str]:
        return [one.path for one in self.requests]

    def _begin(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            readable, _, _ = select.select([self._listener, self.stopped], [], [])
            if self.stopped in readable:
                return
            connection, _ = self._listener.accept()
            self.connections += 1
            self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._greet is not None and not self._greet(self, connection):
                return
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            connection.settimeout(20)
            keep = True
            while keep and (asked := _read(connection, self.stopped)):
                with self._lock:
                    self.requests.append(asked)
                    path = asked.path.partition("?")[0]
                    self._counts[path] += 1
                    self._busy += 1
                    self.at_once = max(self.at_once, self._busy)
                    visit = Visit(self, connection, asked, self._counts[path])
                try:
                    self.behaviours.get(path, self.behaviours.get("*", not_found))(visit)
                finally:
                    with self._lock:
                        self._busy -= 1
                keep = visit.keep
        except (OSError, ssl.SSLError, ValueError):
            pass  # the client went away, as it should
        finally:
            with contextlib.suppress(OSError):
                connection.close()

    def close(self) -> None:
        self._stop.send(b".")
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()
        for one in (self._listener, self.stopped, self._stop):
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read(connection: socket.socket, stopped: socket.socket) -> Asked | None:
    """The next request of a connection; ``None`` at its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not _more(connection, stopped) or not (piece := connection.recv(65_536)):
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)) and (piece := connection.recv(65_536)):
        body += piece
    return Asked(method, path, headers, body)


def _more(connection: socket.socket, stopped: socket.socket) -> bool:
    if isinstance(connection, ssl.SSLSocket) and connection.pending():
        return True
    readable, _, _ = select.select([connection, stopped], [], [], 20)
    return connection in readable


# --- behaviours ------------------------------------------------------------------------------------------------------


def says(status: int = 200, body: bytes | str = b"", **headers: str) -> Behaviour:
    """Answers everything alike."""
    return lambda visit: visit.answer(status, body, **headers)


def says_json(body: str, status: int = 200) -> Behaviour:
    return says(status, body, content_type="application/json")


def not_found(visit: Visit) -> None:
    visit.answer(404, "no such page", content_type="text/plain")


def never_answers(visit: Visit) -> None:
    visit.hold()


def stalls_in_the_header(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n")
    visit.hold()


def trickles_the_header(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\nx-slow: ")
    while not visit.hold(0.05):
        visit.send("a")


def stalls_in_the_body(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
    visit.hold()


def trickles_the_body(visit: Visit) -> None:
    """The byte a second, in the smaller time of these tests."""
    visit.send("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while not visit.hold(0.05):
        visit.send("a")


def hangs_up(visit: Visit) -> None:
    visit.connection.close()


def resets_before_the_answer(visit: Visit) -> None:
    visit.reset()


def resets_in_the_body(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
    visit.hold(0.05)  # else the reset overtakes what was sent
    visit.reset()


def truncates_chunks(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\nwor")


def breaks_chunks(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n")


def promises_more_than_it_sends(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort")


def sends_more_than_it_promises(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello and more than that")


def speaks_no_http(visit: Visit) -> None:
    visit.send("SSH-2.0-OpenSSH_9.2\r\n\r\n")


def speaks_http_1_0(visit: Visit) -> None:
    visit.send("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n", '{"status": "ok"}')


@functools.cache
def compressed(size: int, *, layers: int = 1) -> bytes:
    """So many zeros, compressed as gzip."""
    data: bytes | None = None
    for _ in range(layers):
        press = zlib.compressobj(9, wbits=31)
        blocks = iter([data]) if data is not None else (bytes(1_000_000) for _ in range(size // 1_000_000))
        data = b"".join([*(press.compress(block) for block in blocks), press.flush()])
    return data or b""


def drops_a_gzip_bomb(visit: Visit) -> None:
    visit.answer(200, compressed(20_000_000), content_encoding="gzip")


def drops_a_bomb_in_a_bomb(visit: Visit) -> None:
    visit.answer(200, compressed(20_000_000, layers=2), content_encoding="gzip, gzip")


def says_gzip_and_is_none(visit: Visit) -> None:
    visit.answer(200, "not compressed at all", content_encoding="gzip")


def pours(visit: Visit) -> None:
    """A gigabyte, without saying so."""
    visit.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    block = bytes(65_536)
    for _ in range(16_384):
        visit.send(block)


def announces_a_gigabyte(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\nabc")
    visit.hold()


def redirects_for_ever(visit: Visit) -> None:
    visit.answer(302, location=f"{visit.asked.path}x")


def redirects_to(location: str, status: int = 302) -> Behaviour:
    return lambda visit: visit.answer(status, location=location)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other; the last one stays."""
    return lambda visit: behaviours[min(visit.number, len(behaviours)) - 1](visit)


def alternating(*behaviours: Behaviour) -> Behaviour:
    """Round and round, as a balancer does."""
    return lambda visit: behaviours[(visit.number - 1) % len(behaviours)](visit)


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    """A port that nobody listens on: it is bound, so that nobody else gets it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
