"""A function as it is to be run: its handler, code, layers, target and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from layerwright.errors import UsageError
from layerwright.run.environment import FunctionIdentity
from layerwright.targets.target import Target

NAME: Final = re.compile(r"[a-zA-Z0-9-_]{1,64}")
MEMORY_MB: Final = range(128, 10_241)
TIMEOUT_S: Final = range(1, 901)
_ENVIRONMENT_BYTES: Final = 4096
_RESERVED: Final = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
    }
    | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"}
    | {
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }
    | {"AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function; ``code`` is a folder or a zip that stands at /var/task, ``layers`` zips or folders that merge to /opt in order.

    ``concurrency`` is how many calls are served at once; None sets no limit of its own. ``network`` False leaves the
    handler loopback alone.
    """

    name: str = "function"
    handler: str
    code: Path
    target: Target
    layers: tuple[Path, ...] = ()
    memory_mb: int = 128
    timeout_s: int = 3
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    concurrency: int | None = None
    network: bool = True

    def identity(self, region: str) -> FunctionIdentity:
        """Return what the function is told about itself."""
        return FunctionIdentity(
            name=self.name,
            handler=self.handler,
            memory_mb=self.memory_mb,
            region=region,
            variables=self.variables,
        )


def check_function(function: Function) -> Function:
    """Return the function; raises UsageError, in Lambda's terms, for what Lambda would not take."""
    where = f"function {function.name!r}"
    if not NAME.fullmatch(function.name):
        raise UsageError(f"{where}: a name has 1 to 64 letters, digits, hyphens and underscores")
    if function.memory_mb not in MEMORY_MB:
        raise UsageError(f"{where}: memory is {function.memory_mb} MB, Lambda takes 128 to 10240")
    if function.timeout_s not in TIMEOUT_S:
        raise UsageError(f"{where}: timeout is {function.timeout_s} s, Lambda takes 1 to 900")
    if len(function.layers) > 5:
        raise UsageError(f"{where}: {len(function.layers)} layers, Lambda takes at most 5")
    if not function.code.exists():
        raise UsageError(
            f"{where}: its code {function.code} does not exist", hint="`--code` names a folder or a zip"
        )
    reserved = sorted(_RESERVED & set(function.variables))
    if reserved:
        raise UsageError(f"{where}: Lambda reserves the environment variable {reserved[0]}")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in function.variables.items())
    if size > _ENVIRONMENT_BYTES:
        raise UsageError(
            f"{where}: its environment variables take {size} bytes, Lambda allows {_ENVIRONMENT_BYTES}"
        )
    return function
