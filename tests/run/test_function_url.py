"""Function URLs: requests become events of payload 2.0, and results become answers."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from layerwright.run.call import Reply, new_call
from layerwright.run.function_url import answer, url_event


class FakeExchange:
    """A request, and what it was answered."""

    def __init__(
        self, method: str = "GET", path: str = "/", query: str = "", body: bytes = b"", **headers: str
    ) -> None:
        self.method, self.path, self.query, self.body = method, path, query, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.peer = "127.0.0.1"
        self.given: tuple[int, bytes, list[tuple[str, str]]] | None = None

    def answer(self, status: int, body: bytes = b"", headers: Any = ()) -> None:
        self.given = status, body, list(headers)


def event(exchange: FakeExchange) -> dict[str, Any]:
    return url_event(exchange, name="f", port=80, request_id="r")  # type: ignore[arg-type]


def answered(payload: object, error_type: str | None = None) -> tuple[int, bytes, list[tuple[str, str]]]:
    exchange = FakeExchange()
    reply = Reply(payload=json.dumps(payload).encode(), error_type=error_type)
    answer(exchange, new_call(b""), reply)  # type: ignore[arg-type]
    assert exchange.given is not None
    return exchange.given


def test_a_request_becomes_an_event() -> None:
    made = event(FakeExchange("GET", "/a%20b", "x=1&x=2&y=", host="h", cookie="a=1; b=2", user_agent="test"))
    assert (made["version"], made["routeKey"], made["rawPath"], made["rawQueryString"]) == (
        "2.0",
        "$default",
        "/a b",
        "x=1&x=2&y=",
    )
    assert made["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert made["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in made["headers"]
    assert made["requestContext"]["http"] == {
        "method": "GET",
        "path": "/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "test",
    }
    assert made["isBase64Encoded"] is False
    assert "body" not in made


@pytest.mark.parametrize(
    ("kind", "body", "encoded"),
    [
        ("application/json", b'{"a": 1}', False),
        ("text/plain; charset=utf-8", "ä".encode(), False),
        ("application/problem+json", b"{}", False),
        ("text/plain", b"\xff", True),
        ("image/png", b"\x89PNG", True),
        ("", b"plain", True),
    ],
)
def test_a_body_is_text_or_base64(kind: str, body: bytes, encoded: bool) -> None:
    made = event(FakeExchange("POST", body=body, content_type=kind))
    assert made["isBase64Encoded"] is encoded
    assert (base64.b64decode(made["body"]) if encoded else made["body"].encode()) == body


def test_a_result_becomes_an_answer() -> None:
    status, body, headers = answered(
        {
            "statusCode": 201,
            "body": "hi",
            "headers": {"X-Own": "1", "Content-Length": "99"},
            "cookies": ["a=1", "b=2"],
        }
    )
    assert (status, body) == (201, b"hi")
    assert ("x-own", "1") in headers
    assert [value for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert ("content-type", "application/json") in headers
    assert not [name for name, _ in headers if name == "content-length"]


def test_a_binary_body_is_decoded() -> None:
    data = base64.b64encode(bytes(range(256))).decode()
    assert answered({"statusCode": 200, "body": data, "isBase64Encoded": True})[1] == bytes(range(256))


@pytest.mark.parametrize(
    ("result", "body"),
    [({"a": 1}, b'{"a":1}'), ([1, 2], b"[1,2]"), ("text", b"text"), (None, b"null"), (7, b"7")],
)
def test_a_result_without_a_status_is_a_body(result: object, body: bytes) -> None:
    status, given, headers = answered(result)
    assert (status, given) == (200, body)
    assert ("content-type", "application/json") in headers


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": 999},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"x": "a\r\nb: c"}},
        {"statusCode": 200, "headers": [1]},
    ],
)
def test_what_can_not_be_an_answer_is_a_bad_gateway(result: object) -> None:
    status, body, _ = answered(result)
    assert (status, body) == (502, b"Internal Server Error")


def test_a_function_that_fails_is_a_bad_gateway() -> None:
    assert answered({"errorMessage": "secret"}, "ValueError")[:2] == (502, b"Internal Server Error")
