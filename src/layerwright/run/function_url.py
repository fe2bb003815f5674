"""Function URLs: an HTTP request becomes an event of payload version 2.0, and what the function returns becomes the answer."""

from __future__ import annotations

import base64
import binascii
import json
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any, Final

from layerwright.run.call import Call, Reply
from layerwright.run.http1 import Exchange

_TEXT: Final = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-www-form-urlencoded",
)
_NOT_PASSED_ON: Final = frozenset({"connection", "cookie", "transfer-encoding", "keep-alive"})
_OURS: Final = frozenset({"content-length", "connection", "transfer-encoding"})
_FAILED: Final = b"Internal Server Error"


def url_event(exchange: Exchange, *, name: str, port: int, request_id: str) -> dict[str, Any]:
    """Return the event that a function behind a URL gets for a request."""
    headers = {key: value for key, value in exchange.headers.items() if key not in _NOT_PASSED_ON}
    headers |= {"x-forwarded-for": exchange.peer, "x-forwarded-port": str(port), "x-forwarded-proto": "http"}
    path = urllib.parse.unquote(exchange.path)
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": exchange.query,
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": name,
            "domainName": exchange.headers.get("host", ""),
            "domainPrefix": name,
            "http": {
                "method": exchange.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": exchange.peer,
                "userAgent": exchange.headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    cookies = exchange.headers.get("cookie")
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if exchange.query:
        event["queryStringParameters"] = _parameters(exchange.query)
    if exchange.body:
        event |= _body(exchange)
    return event


def _parameters(query: str) -> dict[str, str]:
    """Return the parameters of a query; several values of one name are joined by commas."""
    parameters: dict[str, str] = {}
    for key, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        parameters[key] = f"{parameters[key]},{value}" if key in parameters else value
    return parameters


def _body(exchange: Exchange) -> dict[str, Any]:
    content_type = exchange.headers.get("content-type", "").lower()
    if content_type.startswith(_TEXT) or "+json" in content_type or "+xml" in content_type:
        try:
            return {"body": exchange.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(exchange.body).decode(), "isBase64Encoded": True}


def answer(exchange: Exchange, call: Call, reply: Reply) -> None:
    """Answer a request with what the function gave: 502 where it failed, or gave what can't be an answer."""
    base = [("x-amzn-requestid", call.request_id), ("x-amzn-trace-id", call.trace_id.split(";")[0])]
    if reply.error_type is None:
        try:
            status, body, headers = _response(json.loads(reply.payload))
        except (ValueError, TypeError, AttributeError, binascii.Error):
            pass
        else:
            exchange.answer(status, body, [*base, *headers])
            return
    exchange.answer(502, _FAILED, [*base, ("content-type", "application/json")])


def _response(result: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return status, body and headers; a result without a status is the body of a 200 as it stands."""
    if not isinstance(result, dict) or "statusCode" not in result:
        body = (
            result.encode() if isinstance(result, str) else json.dumps(result, separators=(",", ":")).encode()
        )
        return 200, body, [("content-type", "application/json")]
    status = int(result["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(status)
    text = result.get("body", "")
    if not isinstance(text, str):
        text = "" if text is None else json.dumps(text, separators=(",", ":"))
    data = base64.b64decode(text, validate=True) if result.get("isBase64Encoded") else text.encode()
    return status, data, list(_headers(result))


def _headers(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    headers = {str(key).lower(): str(value) for key, value in (result.get("headers") or {}).items()}
    headers.setdefault("content-type", "application/json")
    for key, value in headers.items():
        if "\r" in value or "\n" in value or "\n" in key:
            raise ValueError(key)
        if key not in _OURS:
            yield key, value
    for cookie in result.get("cookies") or ():
        if "\r" in cookie or "\n" in cookie:
            raise ValueError(cookie)
        yield "set-cookie", str(cookie)
