"""Lambda in one region: the calls that shipping makes, and their answers as values."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from layerwright.errors import AwsError
from layerwright.ship.aws import Aws
from layerwright.ship.sharing import Grant

_ABSENT: Final = frozenset({"ResourceNotFoundException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerVersion:
    """A version of a layer, as AWS has it; ``sha256`` is of the zip, in hex; ``location`` gives its bytes for ten minutes."""

    arn: str
    version: int
    sha256: str
    zipped_bytes: int
    runtimes: tuple[str, ...]
    architectures: tuple[str, ...]
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedVersion:
    """A version as a listing has it, which does not tell the hash."""

    arn: str
    version: int
    created: str
    runtimes: tuple[str, ...]
    architectures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function's configuration; ``status`` is that of its last update, ``reason`` why that failed.

    ``runtime`` is None for a container image. ``location`` gives the code's bytes, where it was asked for.
    """

    name: str
    arn: str
    runtime: str | None
    architecture: str
    handler: str | None
    layers: tuple[str, ...]
    environment: Mapping[str, str]
    revision: str | None
    status: str
    reason: str
    code_sha256: str
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an invocation gave: the payload, and whether Lambda calls it a function error."""

    payload: Mapping[str, Any]
    failed: bool


class LambdaRegion:
    """Lambda in one region of an account."""

    def __init__(self, aws: Aws, region: str) -> None:
        """Keep the account and the region; nothing is asked yet."""
        self._aws = aws
        self.region = region

    def _call(
        self, operation: str, *, absent: frozenset[str] = frozenset(), **request: Any
    ) -> Mapping[str, Any] | None:
        return self._aws.call("lambda", operation, self.region, absent=absent, **request)

    def _ask(self, operation: str, **request: Any) -> Mapping[str, Any]:
        answer = self._call(operation, **request)
        return answer or {}

    def versions(self, name: str) -> tuple[ListedVersion, ...]:
        """Return the versions of a layer, newest first; none where there is no such layer."""
        found = [
            _listed(item)
            for item in self._aws.pages(
                "lambda", "list_layer_versions", self.region, "LayerVersions", LayerName=name
            )
        ]
        return tuple(sorted(found, key=lambda item: item.version, reverse=True))

    def version(self, name: str, number: int) -> LayerVersion | None:
        """Return a version, None where it was deleted or never was."""
        answer = self._call("get_layer_version", absent=_ABSENT, LayerName=name, VersionNumber=number)
        return None if answer is None else _version(answer)

    def version_by_arn(self, arn: str) -> LayerVersion:
        """Return a version of any account; raises AwsError where there is none, or it is not shared with this account."""
        answer = self._call("get_layer_version_by_arn", absent=_ABSENT, Arn=arn)
        if answer is None:
            raise AwsError(
                f"lambda:GetLayerVersionByArn in {self.region}: there is no {arn}, or it was deleted",
                hint="`aws lambda list-layer-versions --layer-name NAME` lists the versions",
            )
        return _version(answer)

    def find(self, name: str, sha256: str, *, among: Iterable[ListedVersion]) -> LayerVersion | None:
        """Return the first of the versions listed whose zip has this hash, None where there is none.

        A listing does not tell hashes, so each version is asked for until one fits.
        """
        for listed in among:
            version = self.version(name, listed.version)
            if version is not None and version.sha256 == sha256:
                return version
        return None

    def publish(self, name: str, content: Mapping[str, Any], **details: Any) -> LayerVersion:
        """Publish a version, and return it."""
        filled = {key: value for key, value in details.items() if value}
        return _version(self._ask("publish_layer_version", LayerName=name, Content=content, **filled))

    def delete_version(self, name: str, number: int) -> None:
        """Delete a version; one that is gone already is fine. Functions that use it go on using it."""
        self._call("delete_layer_version", absent=_ABSENT, LayerName=name, VersionNumber=number)

    def policy(self, name: str, number: int) -> tuple[Mapping[str, Any], ...]:
        """Return the statements of a version's policy."""
        answer = self._call("get_layer_version_policy", absent=_ABSENT, LayerName=name, VersionNumber=number)
        statements = json.loads(answer["Policy"]).get("Statement", []) if answer else []
        return tuple(statements)

    def grant(self, name: str, number: int, grant: Grant) -> None:
        """Give a permission; one that is there already is fine."""
        request: dict[str, Any] = {"OrganizationId": grant.organisation} if grant.organisation else {}
        self._call(
            "add_layer_version_permission",
            absent=frozenset({"ResourceConflictException"}),
            LayerName=name,
            VersionNumber=number,
            StatementId=grant.statement,
            Action="lambda:GetLayerVersion",
            Principal=grant.principal,
            **request,
        )

    def functions(self) -> Iterator[Function]:
        """Yield every function of the region, each version of it."""
        for item in self._aws.pages(
            "lambda", "list_functions", self.region, "Functions", FunctionVersion="ALL"
        ):
            yield _function(item)

    def function(self, name: str) -> Function:
        """Return a function; raises AwsError where there is none."""
        return self._named("get_function_configuration", name, lambda answer: answer)

    def function_with_code(self, name: str) -> Function:
        """Return a function with where its code is; raises AwsError where there is none."""
        return self._named("get_function", name, lambda answer: answer["Configuration"])

    def _named(self, operation: str, name: str, configuration: Any) -> Function:
        answer = self._call(operation, absent=_ABSENT, FunctionName=name)
        if answer is None:
            raise AwsError(
                f"there is no function {name} in {self.region}", hint="check the name and --region"
            )
        return _function(configuration(answer), answer.get("Code", {}).get("Location", ""))

    def set_layers(self, function: Function, layers: tuple[str, ...]) -> Function:
        """Give a function other layers; AWS refuses where it was changed since ``function`` was read."""
        revision = {"RevisionId": function.revision} if function.revision else {}
        answer = self._ask(
            "update_function_configuration", FunctionName=function.name, Layers=list(layers), **revision
        )
        return _function(answer)

    def invoke(self, name: str, event: bytes) -> Answer:
        """Invoke a function once and wait for its answer."""
        answer = self._ask("invoke", FunctionName=name, InvocationType="RequestResponse", Payload=event)
        raw = answer["Payload"].read()
        try:
            payload = json.loads(raw)
        except ValueError:
            payload = None
        return Answer(
            payload=payload if isinstance(payload, dict) else {}, failed=bool(answer.get("FunctionError"))
        )


def _listed(item: Mapping[str, Any]) -> ListedVersion:
    return ListedVersion(
        arn=item["LayerVersionArn"],
        version=int(item["Version"]),
        created=str(item.get("CreatedDate", "")),
        runtimes=tuple(sorted(item.get("CompatibleRuntimes") or ())),
        architectures=tuple(sorted(item.get("CompatibleArchitectures") or ())),
    )


def _version(answer: Mapping[str, Any]) -> LayerVersion:
    content = answer.get("Content") or {}
    return LayerVersion(
        arn=answer["LayerVersionArn"],
        version=int(answer["Version"]),
        sha256=_hex(content.get("CodeSha256", "")),
        zipped_bytes=int(content.get("CodeSize", 0)),
        runtimes=tuple(sorted(answer.get("CompatibleRuntimes") or ())),
        architectures=tuple(sorted(answer.get("CompatibleArchitectures") or ())),
        location=content.get("Location", ""),
    )


def _function(item: Mapping[str, Any], location: str = "") -> Function:
    return Function(
        name=item["FunctionName"],
        arn=item["FunctionArn"],
        runtime=None if item.get("PackageType") == "Image" else item.get("Runtime"),
        architecture=(item.get("Architectures") or ["x86_64"])[0],
        handler=item.get("Handler"),
        layers=tuple(layer["Arn"] for layer in item.get("Layers") or ()),
        environment=dict((item.get("Environment") or {}).get("Variables") or {}),
        revision=item.get("RevisionId"),
        status=item.get("LastUpdateStatus") or "Successful",
        reason=item.get("LastUpdateStatusReason") or "",
        code_sha256=_hex(item.get("CodeSha256", "")),
        location=location,
    )


def _hex(text: str) -> str:
    """Return base64 as hex; AWS writes hashes in base64."""
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""
