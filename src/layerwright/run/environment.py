"""What a process on Lambda sees: its paths, and its environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from layerwright.targets.runtime import Runtime

ACCOUNT: Final = "123456789012"
DEFAULT_REGION: Final = "us-east-1"
_CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where things stand as the process inside sees them; the defaults are Lambda's."""

    layers: str = "/opt"
    function: str = "/var/task"
    packages: str = "/var/runtime"
    language: str = "/var/lang"
    scripts: str = "/var/layerwright"
    temporary: str = "/tmp"  # noqa: S108  Lambda's, in the sandbox

    def moved(self, path: str) -> str:
        """Return a path of Lambda's (or a colon-separated list) as it is here.

        >>> Paths(layers="/x").moved("/opt/lib:/lib64")
        '/x/lib:/lib64'
        """
        return ":".join(self._moved(part) for part in path.split(":"))

    def _moved(self, path: str) -> str:
        for theirs, ours in _pairs(self):
            if path == theirs or path.startswith(f"{theirs}/"):
                return ours + path[len(theirs) :]
        return path


def _pairs(paths: Paths) -> tuple[tuple[str, str], ...]:
    lambda_ = _LAMBDA
    return (
        (lambda_.layers, paths.layers),
        (lambda_.function, paths.function),
        (lambda_.packages, paths.packages),
        (lambda_.language, paths.language),
    )


_LAMBDA: Final = Paths()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionIdentity:
    """What Lambda tells a function about itself in its environment."""

    name: str = "function"
    version: str = "$LATEST"
    handler: str = "app.handler"
    memory_mb: int = 128
    region: str = DEFAULT_REGION
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The unqualified ARN, as the invoked function ARN of a call without a qualifier."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.name}"


def lambda_environment(
    runtime: Runtime,
    identity: FunctionIdentity,
    *,
    paths: Paths = _LAMBDA,
    api: str | None = None,
    log_stream: str = "",
    credentials: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return all environment variables of a process of the function, the function's own last.

    ``api`` is the address of the Runtime API. ``credentials`` are passed on where the host has some to give; without them
    the process gets values that no AWS endpoint accepts, as a function without a role would.
    """
    variables = {
        name: paths.moved(value) for name, value in runtime.environment.items() if name not in _SET_HERE
    }
    variables |= {
        "_HANDLER": identity.handler,
        "AWS_LAMBDA_FUNCTION_NAME": identity.name,
        "AWS_LAMBDA_FUNCTION_VERSION": identity.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(identity.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{identity.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_REGION": identity.region,
        "AWS_DEFAULT_REGION": identity.region,
        **dict.fromkeys(_CREDENTIALS[:2], "layerwright"),
    }
    variables |= credentials or {}
    if api is not None:
        variables["AWS_LAMBDA_RUNTIME_API"] = api
    variables |= identity.variables
    return variables


_SET_HERE: Final = frozenset({"PYTHONPATH", "AWS_LAMBDA_RUNTIME_API"})
"""The bootstrap sets PYTHONPATH itself, once sys.path is made; the address of the API is known only here."""
