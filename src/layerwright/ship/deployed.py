"""What is on AWS already, read as layers: a version by its ARN, and a function with all its layers.

The bytes go through the store, so what was looked at once is not fetched again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.errors import AwsError, IntegrityError
from layerwright.layer.read import Layer, read_layer
from layerwright.progress import Progress, Silent
from layerwright.ship.lambda_service import LambdaRegion
from layerwright.ship.layer_name import is_layer_arn, parse_layer_arn
from layerwright.targets.target import Target, parse_target

if TYPE_CHECKING:
    from layerwright.ship.aws import Aws
    from layerwright.wheels.store import Store

_CHUNK_BYTES: Final = 1 << 20
_FUNCTION_PREFIX: Final = "function:"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedZip:
    """Bytes that were brought here: what they are called on AWS, and where they stand."""

    name: str
    path: Path

    def read(self) -> Layer:
        """Return what the zip holds; raises IntegrityError where it is none."""
        return read_layer(self.path, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedFunction:
    """A function as it stands on AWS: what runs it, its code, and its layers in order."""

    name: str
    arn: str
    target: Target
    handler: str | None
    environment: Mapping[str, str]
    code: DeployedZip
    layers: tuple[DeployedZip, ...]


def is_deployed(word: str) -> bool:
    """Tell whether a word names something on AWS: a layer's ARN, or ``function:NAME``."""
    return is_layer_arn(word) or word.startswith(_FUNCTION_PREFIX)


def fetch_layer(arn: str, aws: Aws, store: Store, *, progress: Progress | None = None) -> DeployedZip:
    """Bring a version here by its ARN, of this account or of one that shares it.

    Raises AwsError where there is none or it is not shared, UsageError where the ARN makes no sense, and IntegrityError where
    other bytes came than AWS has.
    """
    parsed = parse_layer_arn(arn)
    version = LambdaRegion(aws, parsed.region).version_by_arn(arn)
    path = _bring(version.location, version.sha256, arn, store, progress or Silent())
    return DeployedZip(name=arn, path=path)


def fetch_function(
    word: str, aws: Aws, store: Store, *, region: str, progress: Progress | None = None
) -> DeployedFunction:
    """Bring a function here by its name or ARN, with or without ``function:`` before it, and its layers.

    Raises what ``fetch_layer`` raises, and AwsError for a container image or a runtime that is not Python.
    """
    name = word.removeprefix(_FUNCTION_PREFIX)
    found = LambdaRegion(aws, _region_of(name) or region).function_with_code(name)
    if found.runtime is None:
        raise AwsError(f"{name} is a container image: it has no layers, and its code is not a zip")
    if not found.runtime.startswith("python"):
        raise AwsError(f"{name} runs on {found.runtime}; layerwright judges Python")
    watched = progress or Silent()
    return DeployedFunction(
        name=found.name,
        arn=found.arn,
        target=parse_target(f"{found.runtime}-{found.architecture}"),
        handler=found.handler,
        environment=found.environment,
        code=DeployedZip(
            name=found.name, path=_bring(found.location, found.code_sha256, found.name, store, watched)
        ),
        layers=tuple(fetch_layer(arn, aws, store, progress=watched) for arn in found.layers),
    )


def _region_of(name: str) -> str | None:
    return name.split(":")[3] if name.startswith("arn:") and name.count(":") >= 6 else None


def _bring(url: str, sha256: str, name: str, store: Store, progress: Progress) -> Path:
    """Return the file with this hash from the store, fetched from ``url`` where it is not there yet."""
    if len(sha256) != hashlib.sha256().digest_size * 2:
        raise IntegrityError(f"AWS gave no sha256 for {name}, got {sha256!r}")
    known = store.path(sha256)
    if known is not None:
        return known
    with store.incoming(sha256) as incoming:
        known = store.path(sha256)
        if known is not None:
            return known
        got = _download(url, incoming.path, name, progress)
        return store.admit(incoming.path, sha256, got=got, filename=name)


def _download(url: str, path: Path, name: str, progress: Progress) -> str:
    """Write what a presigned URL gives to ``path``, and return its sha256."""
    import urllib3

    digest = hashlib.sha256()
    pool = urllib3.PoolManager(retries=urllib3.Retry(3, backoff_factor=0.5))
    try:
        # The URL holds a signature: it must not stand in a message.
        response = pool.request("GET", url, preload_content=False)
        if response.status != 200:
            raise AwsError(f"the bytes of {name} can't be had: S3 answered {response.status}")
        progress.begin("fetch", int(response.headers.get("Content-Length", 0)) or None)
        with path.open("wb") as out:
            for chunk in response.stream(_CHUNK_BYTES):
                digest.update(chunk)
                out.write(chunk)
                progress.advance("fetch", len(chunk))
        progress.end("fetch")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise AwsError(f"the bytes of {name} can't be had: {type(error).__name__}") from error
    return digest.hexdigest()
