"""The HTTP server takes whole messages and answers them in order, whatever comes over the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerwright.run.http1 import MAX_HEADER_BYTES, Exchange, HttpServer

Handle = Callable[[Exchange], None]


def talk(handle: Handle, *parts: bytes, max_body_bytes: int = 1000) -> bytes:
    """Send bytes, part by part, over one connection; returns all that comes back."""

    async def run() -> bytes:
        server = HttpServer(handle, max_body_bytes=max_body_bytes)
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        address = sock.getsockname()
        await server.listen(sock)
        reader, writer = await asyncio.open_connection(*address)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if writer.can_write_eof():
            writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        server.abort()
        return answer

    return asyncio.run(run())


def echo(exchange: Exchange) -> None:
    line = f"{exchange.method} {exchange.path} {exchange.query} ".encode()
    exchange.answer(200, line + exchange.body, [("x-seen", exchange.headers.get("x-given", "-"))])


def test_a_request_is_answered() -> None:
    answer = talk(echo, b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Given: y\r\nContent-Length: 3\r\n\r\nabc")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n")
    assert b"x-seen: y" in head
    assert body == b"POST /a b=c abc"


def test_pipelined_requests_are_answered_in_their_order() -> None:
    waiting: list[Exchange] = []

    def late_first(exchange: Exchange) -> None:
        waiting.append(exchange)
        if len(waiting) == 3:
            for one in (waiting[2], waiting[0], waiting[1]):
                one.answer(200, one.path.encode())

    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(3))
    answer = talk(late_first, requests)
    assert [part.rpartition(b"\r\n\r\n")[2][:2] for part in answer.split(b"HTTP/1.1")[1:]] == [
        b"/0",
        b"/1",
        b"/2",
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=60), max_size=6))
def test_where_the_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    message = (
        b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    parts, rest = [], message
    for cut in cuts:
        parts.append(rest[:cut])
        rest = rest[cut:]
    assert talk(echo, *parts, rest).endswith(b"\r\n\r\nPOST /x  abcde")


def test_a_client_that_asks_before_it_sends_is_told_to_go_on() -> None:
    answer = talk(
        echo, b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", b"z"
    )
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"no http at all\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001, b"413"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * MAX_HEADER_BYTES + b"\r\n\r\n", b"431"),
    ],
)
def test_what_can_not_be_taken_is_refused(request_: bytes, status: bytes) -> None:
    answer = talk(echo, request_)
    assert b"HTTP/1.1 " + status in answer


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_at_all_end_in_an_answer_or_silence(data: bytes) -> None:
    answer = talk(echo, data)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")


def test_an_answer_to_a_connection_that_is_gone_is_nothing() -> None:
    seen: list[Exchange] = []

    async def run() -> None:
        server = HttpServer(seen.append, max_body_bytes=10)
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        address = sock.getsockname()
        await server.listen(sock)
        _, writer = await asyncio.open_connection(*address)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        while not seen:
            await asyncio.sleep(0.01)
        # a reset, not an end of writing, which a client may still wait behind
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()
        while not seen[0].gone:
            await asyncio.sleep(0.01)
        seen[0].answer(200, b"late")
        server.abort()

    asyncio.run(run())
    assert seen[0].answered
