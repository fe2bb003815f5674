"""The part of Lambda's API that invokes: what boto3 and the AWS CLI call with an endpoint URL."""

from __future__ import annotations

import base64
import binascii
import json
import re
import urllib.parse
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

from layerwright.run.call import MAX_ASYNC_BYTES, MAX_EVENT_BYTES, Call, Reply, new_call
from layerwright.run.environment import ACCOUNT
from layerwright.run.function import Function
from layerwright.run.function_url import answer, url_event
from layerwright.run.http1 import Exchange
from layerwright.run.pool import Pool, ThrottledError

_INVOKE: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_DESCRIBE: Final = re.compile(r"/2015-03-31/functions/([^/]+)(/configuration)?")
_LIST: Final = re.compile(r"/2015-03-31/functions/?")
_NAME: Final = re.compile(
    r"(?:(?:arn:aws[\w-]*:lambda:[a-z0-9-]+:)?\d{12}:function:|function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?"
)
_URL_HOST: Final = re.compile(r"([\w-]+)\.lambda-url\.")
RETRY_DELAYS_S: Final = (60.0, 120.0)
"""How long Lambda waits before it tries a failed asynchronous call again."""

Spawn = Callable[[Coroutine[Any, Any, None]], None]
Pause = Callable[[float], Awaitable[bool]]


class LambdaApi:
    """Answers requests for functions; ``urls`` maps the names of those that have a URL to the port of their own, or None."""

    def __init__(
        self, pools: Mapping[str, Pool], *, region: str, port: int, spawn: Spawn, pause: Pause
    ) -> None:
        """Keep the functions.

        ``spawn`` runs a coroutine that the server waits for when it ends; ``pause`` waits so many seconds, and returns False at once where
        the server ends.
        """
        self._pools = pools
        self._region = region
        self._port = port
        self._spawn = spawn
        self._pause = pause

    def handle(self, exchange: Exchange) -> None:
        """Answer a request of the API, or of a function's URL by its host name."""
        host = _URL_HOST.match(exchange.headers.get("host", ""))
        if host is not None and host[1] in self._pools:
            self.handle_url(exchange, host[1])
        elif (match := _INVOKE.fullmatch(exchange.path)) and exchange.method == "POST":
            self._spawn(self._invoke(exchange, urllib.parse.unquote(match[1])))
        elif _LIST.fullmatch(exchange.path) and exchange.method == "GET":
            functions = [self._configuration(pool.function) for pool in self._pools.values()]
            exchange.answer(
                200, json.dumps({"Functions": functions}).encode(), [("content-type", "application/json")]
            )
        elif (match := _DESCRIBE.fullmatch(exchange.path)) and exchange.method == "GET":
            self._describe(exchange, urllib.parse.unquote(match[1]), alone=match[2] is not None)
        elif exchange.path == "/" and exchange.method == "GET":
            exchange.answer(
                200,
                json.dumps({"functions": sorted(self._pools)}).encode(),
                [("content-type", "application/json")],
            )
        else:
            _refuse(
                exchange,
                404,
                "UnknownOperationException",
                f"no such operation: {exchange.method} {exchange.path}",
            )

    def handle_url(self, exchange: Exchange, name: str, port: int | None = None) -> None:
        """Answer a request of a function's URL."""
        self._spawn(self._call_url(exchange, name, port or self._port))

    async def _call_url(self, exchange: Exchange, name: str, port: int) -> None:
        call = new_call(b"")
        event = url_event(exchange, name=name, port=port, request_id=call.request_id)
        call = Call(event=json.dumps(event).encode(), request_id=call.request_id, trace_id=call.trace_id)
        if len(call.event) > MAX_EVENT_BYTES:
            exchange.answer(413, b'{"Message":null}', [("content-type", "application/json")])
            return
        try:
            reply = await self._pools[name].call(call)
        except ThrottledError:
            exchange.answer(429, b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}')
            return
        answer(exchange, call, reply)

    async def _invoke(self, exchange: Exchange, reference: str) -> None:
        pool = self._find(exchange, reference)
        if pool is None:
            return
        kind = exchange.headers.get("x-amz-invocation-type", "RequestResponse")
        if kind not in {"RequestResponse", "Event", "DryRun"}:
            _refuse(exchange, 400, "InvalidParameterValueException", f"unknown invocation type {kind}")
            return
        if kind == "DryRun":
            exchange.answer(204)
            return
        call = _call(exchange, kind)
        if call is None:
            return
        if kind == "Event":
            exchange.answer(202, b"", [("x-amzn-requestid", call.request_id)])
            self._spawn(_call_with_retries(pool, call, self._pause))
            return
        tail = exchange.headers.get("x-amz-log-type", "None") == "Tail"

        def give(payload: bytes, error_type: str | None) -> None:
            reply = Reply(payload=payload, error_type=error_type)
            exchange.answer(200, payload, _reply_headers(call, reply, tail=False))

        try:
            reply = await pool.call(call, on_answer=None if tail else give)
        except ThrottledError:
            _refuse_throttled(exchange)
            return
        if not exchange.answered:
            exchange.answer(200, reply.payload, _reply_headers(call, reply, tail=tail))

    def _find(self, exchange: Exchange, reference: str) -> Pool | None:
        match = _NAME.fullmatch(reference)
        pool = self._pools.get(match[1]) if match else None
        if pool is None or match is None or match[2] not in {None, "$LATEST"}:
            arn = f"arn:aws:lambda:{self._region}:{ACCOUNT}:function:{match[1] if match else reference}"
            qualifier = f":{match[2]}" if match and match[2] else ""
            _refuse(
                exchange,
                404,
                "ResourceNotFoundException",
                f"Function not found: {arn}{qualifier}",
                key="Message",
            )
            return None
        return pool

    def _describe(self, exchange: Exchange, reference: str, *, alone: bool) -> None:
        pool = self._find(exchange, reference)
        if pool is not None:
            configuration = self._configuration(pool.function)
            body = configuration if alone else {"Configuration": configuration}
            exchange.answer(200, json.dumps(body).encode(), [("content-type", "application/json")])

    def _configuration(self, function: Function) -> dict[str, Any]:
        return {
            "FunctionName": function.name,
            "FunctionArn": function.identity(self._region).arn,
            "Runtime": function.target.runtime,
            "Handler": function.handler,
            "Timeout": function.timeout_s,
            "MemorySize": function.memory_mb,
            "Version": "$LATEST",
            "Architectures": [function.target.architecture],
            "Environment": {"Variables": dict(function.variables)},
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
        }


def _call(exchange: Exchange, kind: str) -> Call | None:
    """Return the call that a request asks for, or refuse it in Lambda's words."""
    limit = MAX_EVENT_BYTES if kind == "RequestResponse" else MAX_ASYNC_BYTES
    event = exchange.body or b"{}"
    if len(event) > limit:
        message = (
            f"{len(event)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        )
        _refuse(exchange, 413, "RequestTooLargeException", message)
        return None
    try:
        json.loads(event)
        context = _client_context(exchange.headers.get("x-amz-client-context"))
    except (ValueError, binascii.Error) as error:
        _refuse(
            exchange,
            400,
            "InvalidRequestContentException",
            f"Could not parse request body into json: {error}",
        )
        return None
    return new_call(event, client_context=context)


def _client_context(header: str | None) -> str | None:
    if header is None:
        return None
    text = base64.b64decode(header, validate=True).decode()
    json.loads(text)
    return text


async def _call_with_retries(pool: Pool, call: Call, pause: Pause) -> None:
    """Carry out an asynchronous call; one that fails is tried twice more, with Lambda's delays, unless the server ends."""
    for delay_s in (*RETRY_DELAYS_S, None):
        reply = await pool.call(call, wait=True)
        if reply.error_type is None or delay_s is None or not await pause(delay_s):
            return


def _reply_headers(call: Call, reply: Reply, *, tail: bool) -> list[tuple[str, str]]:
    headers = [
        ("content-type", "application/json"),
        ("x-amzn-requestid", call.request_id),
        ("x-amz-executed-version", "$LATEST"),
        ("x-amzn-trace-id", call.trace_id.split(";")[0]),
    ]
    if reply.error_type is not None:
        headers.append(("x-amz-function-error", "Unhandled"))
    if tail:
        headers.append(("x-amz-log-result", base64.b64encode(reply.log).decode()))
    return headers


def _refuse(exchange: Exchange, status: int, kind: str, message: str, *, key: str = "message") -> None:
    body = json.dumps({"Type": "User", key: message}).encode()
    exchange.answer(status, body, [("content-type", "application/json"), ("x-amzn-errortype", kind)])


def _refuse_throttled(exchange: Exchange) -> None:
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    body = json.dumps({"Reason": reason, "Type": "User", "message": "Rate Exceeded."}).encode()
    exchange.answer(
        429, body, [("content-type", "application/json"), ("x-amzn-errortype", "TooManyRequestsException")]
    )
