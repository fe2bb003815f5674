"""AWS on this machine: moto's server, with AWS's own rules where moto is looser, and failures where a test wants them.

The rules and their texts are those of targets/data (quotas.toml, messages.toml).
"""

from __future__ import annotations

import base64
import json
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import boto3
import requests
from moto.awslambda.models import lambda_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from layerwright.targets.messages import api_message
from layerwright.targets.quotas import load_quotas

ACCOUNT = "123456789012"
_REGION = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/([a-z0-9]+)/")
_VERSIONS = re.compile(r"/2018-10-31/layers/([^/]+)/versions$")
_CONTENT = re.compile(r"/_content/([a-z0-9-]+)/(layer|function)/([^/]+)/([^/]+)$")
_CONFIGURATION = re.compile(r"/2015-03-31/functions/([^/]+)/configuration$")
_INVOCATION = re.compile(r"/2015-03-31/functions/([^/]+)/invocations$")

Refusal = tuple[int, str, str]  # status, code, message


class Cloud:
    """A server in a thread, and what a test tells it."""

    def __init__(self) -> None:
        self.failures: list[tuple[Callable[[str, str, str, str], bool], Refusal, int | None]] = []
        self.calls: list[tuple[str, str, str]] = []  # region, method, path
        self.answers: dict[str, dict[str, Any]] = {}
        self.after: list[Callable[[str, str, str], None]] = []
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._turn = threading.Lock()
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=MotoRequestHandler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fail(
        self,
        code: str,
        message: str = "",
        *,
        status: int = 400,
        region: str | None = None,
        method: str | None = None,
        path: str = "",
        service: str | None = None,
        times: int | None = None,
    ) -> None:
        """Answer matching calls with an error, ``times`` times or always."""

        def matches(r: str, s: str, m: str, p: str) -> bool:
            return (
                region in (None, r)
                and service in (None, s)
                and method in (None, m)
                and re.search(path, p) is not None
            )

        self.failures.append((matches, (status, code, message), times))

    def know_managed_policies(self) -> None:
        """Have IAM know AWS's own policies, which takes a moment; the account is empty afterwards."""
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        try:
            requests.post(f"{self.url}/moto-api/reset", timeout=30).raise_for_status()
            self.client("iam").list_roles()
        finally:
            del os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"]

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return boto3.client(service, region_name=region, endpoint_url=self.url)

    def function(
        self, name: str, *, region: str = "us-east-1", layers: Iterable[str] = (), **more: Any
    ) -> str:
        """Make a function, and return its ARN."""
        from factories.zips import zip_bytes

        role = "arn:aws:iam::123456789012:role/lambda"
        iam = self.client("iam")
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName="lambda", AssumeRolePolicyDocument="{}")
        answer = self.client("lambda", region).create_function(
            FunctionName=name,
            Role=role,
            **{
                "Runtime": "python3.11",
                "Handler": "app.handler",
                "Code": {"ZipFile": zip_bytes({"app.py": "def handler(event, context):\n    return {}\n"})},
                "Layers": list(layers),
                **more,
            },
        )
        return answer["FunctionArn"]

    def publish(self, name: str, content: bytes, *, region: str = "us-east-1", **more: Any) -> dict[str, Any]:
        return self.client("lambda", region).publish_layer_version(
            LayerName=name, Content={"ZipFile": content}, **more
        )

    def versions(self, name: str, region: str = "us-east-1") -> list[int]:
        listed = self.client("lambda", region).list_layer_versions(LayerName=name)["LayerVersions"]
        return sorted(item["Version"] for item in listed)

    # --- WSGI --------------------------------------------------------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        found = _REGION.search(environ.get("HTTP_AUTHORIZATION", ""))
        region, service = (found[1], found[2]) if found else ("", "")
        content = _CONTENT.search(path)
        if content:
            return _reply(start_response, 200, self._content(*content.groups()), kind="application/zip")
        with self._turn:
            self.calls.append((region, method, path))
            refusal = self._failure(region, service, method, path)
        if refusal is None and service == "lambda" and path == "/2018-10-31/layers":
            refusal = self._by_arn(environ)
        if refusal is None and service == "lambda":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            refusal = self._rule(method, path, body)
            invocation = _INVOCATION.search(path)
            if refusal is None and invocation:
                return self._invoke(invocation[1], start_response)
        if refusal is not None:
            return _refuse(start_response, service, *refusal)
        answer = self._answer(environ, start_response, region)
        for hook in list(self.after):
            hook(region, method, path)
        return answer

    def _answer(
        self, environ: dict[str, Any], start_response: Callable[..., Any], region: str
    ) -> Iterable[bytes]:
        """Let moto answer; where it gives no place for a layer's bytes, give one as AWS does."""
        captured: list[Any] = []

        def capture(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            captured[:] = [status, headers]

        body = b"".join(self._moto(environ, capture))
        status, headers = captured
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].endswith("/policy"):
            body = _policy_as_aws_writes_it(body)
            headers = [(key, value) for key, value in headers if key.lower() != "content-length"]
            headers.append(("Content-Length", str(len(body))))
        if body.startswith(b"{") and (b'"LayerVersionArn"' in body or b'"RepositoryType"' in body):
            body = self._with_location(json.loads(body), region)
            headers = [(key, value) for key, value in headers if key.lower() != "content-length"]
            headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [body]

    def _with_location(self, answer: dict[str, Any], region: str) -> bytes:
        if "Content" in answer:
            name, version = answer["LayerVersionArn"].rsplit(":", 2)[1:]
            answer["Content"]["Location"] = f"{self.url}/_content/{region}/layer/{name}/{version}"
        elif "Code" in answer and "Configuration" in answer:
            name = answer["Configuration"]["FunctionName"]
            answer["Code"]["Location"] = f"{self.url}/_content/{region}/function/{name}/latest"
        return json.dumps(answer).encode()

    def _content(self, region: str, kind: str, name: str, version: str) -> bytes:
        backend = lambda_backends[ACCOUNT][region]
        if kind == "function":
            return backend.get_function(name).code_bytes
        return backend.get_layer_version(name, version).code_bytes

    def _failure(self, region: str, service: str, method: str, path: str) -> Refusal | None:
        for index, (matches, refusal, left) in enumerate(self.failures):
            if left != 0 and matches(region, service, method, path):
                if left is not None:
                    self.failures[index] = (matches, refusal, left - 1)
                return refusal
        return None

    def _rule(self, method: str, path: str, body: bytes) -> Refusal | None:
        """What AWS refuses and moto does not."""
        quotas = load_quotas()
        if method == "POST" and _VERSIONS.search(path):
            if len(body) > quotas.request_bytes:
                text = api_message(
                    "request_too_large", limit=quotas.request_bytes, operation="PublishLayerVersion"
                )
                return 413, "RequestEntityTooLargeException", text
            request = json.loads(body)
            data = base64.b64decode(request["Content"].get("ZipFile", ""))
            if len(data) > quotas.zipped_upload_bytes:
                text = api_message("zip_too_large", limit=quotas.zipped_upload_bytes)
                return 400, "InvalidParameterValueException", text
            if len(request.get("CompatibleRuntimes", ())) > quotas.layer_compatible_runtimes:
                return 400, "ValidationException", "Member must have length less than or equal to 15"
        if method == "PUT" and _CONFIGURATION.search(path):
            layers = json.loads(body).get("Layers", [])
            if len(layers) > quotas.layers:
                return (
                    400,
                    "InvalidParameterValueException",
                    api_message("too_many_layers", limit=quotas.layers),
                )
        return None

    def _by_arn(self, environ: dict[str, Any]) -> Refusal | None:
        """GetLayerVersionByArn, which moto does not know, becomes GetLayerVersion; other accounts share nothing."""
        arn = parse_qs(environ["QUERY_STRING"]).get("Arn", [""])[0]
        if not arn:
            return None
        account, _, name, version = arn.split(":")[4:]
        if account != ACCOUNT:
            text = f"User is not authorized to perform: lambda:GetLayerVersion on resource: {arn}"
            return 403, "AccessDeniedException", text
        environ["QUERY_STRING"] = ""
        environ["PATH_INFO"] = environ["RAW_URI"] = environ["REQUEST_URI"] = (
            f"/2018-10-31/layers/{name}/versions/{version}"
        )
        return None

    def _invoke(self, name: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self.answers.get(name, {"ok": True})
        headers = [("X-Amz-Function-Error", "Unhandled")] if "errorType" in answer else []
        return _reply(start_response, 200, json.dumps(answer).encode(), headers=headers)


def _policy_as_aws_writes_it(body: bytes) -> bytes:
    """A principal that is an account is written as its root's ARN; moto keeps the number."""
    answer = json.loads(body)
    if "Policy" not in answer:
        return body
    policy = json.loads(answer["Policy"])
    for statement in policy["Statement"]:
        if str(statement["Principal"]).isdecimal():
            statement["Principal"] = {"AWS": f"arn:aws:iam::{statement['Principal']}:root"}
    return json.dumps({**answer, "Policy": json.dumps(policy)}).encode()


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    cloud = Cloud()
    try:
        yield cloud
    finally:
        cloud.close()


def _reply(
    start_response: Callable[..., Any],
    status: int,
    body: bytes,
    *,
    kind: str = "application/json",
    headers: list[tuple[str, str]] | None = None,
) -> Iterable[bytes]:
    head = [("Content-Type", kind), ("Content-Length", str(len(body))), *(headers or [])]
    start_response(f"{status} X", head)
    return [body]


def _refuse(
    start_response: Callable[..., Any], service: str, status: int, code: str, message: str
) -> Iterable[bytes]:
    if service in ("s3", "sts"):
        wrapped = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        if service == "sts":
            wrapped = f"<ErrorResponse>{wrapped}</ErrorResponse>"
        return _reply(start_response, status, wrapped.encode(), kind="application/xml")
    body = json.dumps({"Type": "User", "message": message, "Message": message}).encode()
    return _reply(start_response, status, body, headers=[("x-amzn-ErrorType", code)])
