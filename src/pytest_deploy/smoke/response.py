"""Answers of which no more is read than fits: what a server sends cannot fill the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpcore
import httpx

from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.exchange import CURRENT
from pytest_deploy.smoke.translation import Situation

LARGEST = 10_000_000
"""A body of more bytes, compressed or not, is a failure."""

_PIECE = 4_096
"""Compressed bytes are unpacked so many at a time: they become a thousand times as many at most."""


class _Reading:
    """Counts the bytes of a body."""

    def __init__(self, situation: Situation, largest: int, *, compressed: bool) -> None:
        self.situation = situation
        self.largest = largest
        self.piece = _PIECE if compressed else largest + 1

    def announced(self) -> None:
        """Refuse a body that says itself that it is too large."""
        if (self.situation.expected or 0) > self.largest:
            raise self.too_large(f"{self.situation.expected:,} bytes are announced")

    def too_large(self, why: str) -> kinds.TooLarge:
        failure = self.situation.failure(kinds.TooLarge, f"the body is larger than the {self.largest:,} bytes that are read ({why})")
        assert isinstance(failure, kinds.TooLarge)  # noqa: S101  # the kind that was asked for
        return failure

    def pieces(self, data: bytes) -> Iterator[bytes]:
        self.situation.received += len(data)
        if self.situation.received > self.largest:
            raise self.too_large(f"{self.situation.received:,} came and there are more")
        for start in range(0, len(data), self.piece):
            yield data[start : start + self.piece]


class BodyStream(_Reading, httpx.SyncByteStream):
    """The body of an answer, as it comes over the wire."""

    def __init__(self, inner: Any, situation: Situation, largest: int, *, compressed: bool) -> None:
        super().__init__(situation, largest, compressed=compressed)
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        self.announced()
        self.situation.exchange.phase = "body"
        parts = iter(self._inner)
        while (data := self._next(parts)) is not None:
            yield from self.pieces(data)

    def _next(self, parts: Iterator[bytes]) -> bytes | None:
        token = CURRENT.set(self.situation.exchange)
        try:
            return next(parts, None)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise self.situation.translate(error) from None
        finally:
            CURRENT.reset(token)

    def close(self) -> None:
        """Give the connection back, or end it where something is still to come."""
        self._inner.close()


class AsyncBodyStream(_Reading, httpx.AsyncByteStream):
    """The same for tasks."""

    def __init__(self, inner: Any, situation: Situation, largest: int, *, compressed: bool) -> None:
        super().__init__(situation, largest, compressed=compressed)
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.announced()
        self.situation.exchange.phase = "body"
        parts = aiter(self._inner)
        while (data := await self._next(parts)) is not None:
            for piece in self.pieces(data):
                yield piece

    async def _next(self, parts: AsyncIterator[bytes]) -> bytes | None:
        try:
            with anyio.fail_after(self.situation.exchange.left):
                return await anext(parts, None)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise self.situation.translate(error) from None

    async def aclose(self) -> None:
        """Give the connection back, or end it where something is still to come."""
        await self._inner.aclose()


class SafeResponse(httpx.Response):
    """An answer whose body is bounded after unpacking, too."""

    _reading: _Reading

    @classmethod
    def of(cls, status: int, headers: list[tuple[bytes, bytes]], stream: Any, extensions: dict[str, Any]) -> SafeResponse:
        """The answer that a transport hands on; ``stream`` is a body stream of this module."""
        response = cls(status, headers=headers, stream=stream, extensions=extensions)
        response._reading = stream
        return response

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The unpacked body, piece by piece. Raises ``TooLarge`` or ``Undecodable`` for what cannot be unpacked."""
        if self.is_stream_consumed:
            yield from super().iter_bytes(chunk_size)
            return
        self._refuse_layers()
        unpacked = 0
        try:
            for chunk in super().iter_bytes(chunk_size):
                unpacked += len(chunk)
                self._bound(unpacked)
                yield chunk
        except httpx.DecodingError as error:
            raise self._undecodable(error) from None

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """The same for tasks."""
        if self.is_stream_consumed:
            async for chunk in super().aiter_bytes(chunk_size):
                yield chunk
            return
        self._refuse_layers()
        unpacked = 0
        try:
            async for chunk in super().aiter_bytes(chunk_size):
                unpacked += len(chunk)
                self._bound(unpacked)
                yield chunk
        except httpx.DecodingError as error:
            raise self._undecodable(error) from None

    def _refuse_layers(self) -> None:
        # Each layer multiplies by a thousand; the formats that were not asked for have no such bound at all.
        layers = [one for one in encodings(self.headers) if one != "identity"]
        if len(layers) > 1 or any(one not in ("gzip", "x-gzip", "deflate") for one in layers):
            what = f"the body is encoded as {', '.join(layers)[:80]}; gzip or deflate was asked for, once"
            raise self._reading.situation.failure(kinds.Undecodable, what)

    def _bound(self, unpacked: int) -> None:
        if unpacked > self._reading.largest:
            raise self._reading.too_large(f"{self._reading.situation.received:,} compressed bytes became {unpacked:,} and there are more")

    def _undecodable(self, error: httpx.DecodingError) -> httpx.DecodingError:
        if isinstance(error, kinds.TooLarge | kinds.Undecodable):
            return error
        failure = self._reading.situation.failure(kinds.Undecodable, f"the body is not compressed as its header says ({error})")
        assert isinstance(failure, kinds.Undecodable)  # noqa: S101  # the kind that was asked for
        return failure


def encodings(headers: httpx.Headers) -> list[str]:
    """The encodings of a body, in the order in which they were applied."""
    return [part for one in headers.get_list("content-encoding", split_commas=True) if (part := one.strip().lower())]
