"""The kinds of infrastructure code, by the names that the command takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from layerwright.errors import UsageError
from layerwright.ship.emit.cdk import emit_cdk
from layerwright.ship.emit.cdk_typescript import emit_cdk_typescript
from layerwright.ship.emit.cloudformation import emit_cloudformation
from layerwright.ship.emit.dockerfile import emit_dockerfile
from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.pulumi import emit_pulumi
from layerwright.ship.emit.sam import emit_sam
from layerwright.ship.emit.serverless import emit_serverless
from layerwright.ship.emit.terraform import emit_terraform

KINDS: Final[Mapping[str, Callable[[Sequence[EmittedLayer]], str]]] = {
    "cdk": emit_cdk,
    "cdk-typescript": emit_cdk_typescript,
    "cloudformation": emit_cloudformation,
    "dockerfile": emit_dockerfile,
    "pulumi": emit_pulumi,
    "sam": emit_sam,
    "serverless": emit_serverless,
    "terraform": emit_terraform,
}
_TAKES_FOLDERS: Final = frozenset({"dockerfile"})


def emit(kind: str, layers: Sequence[EmittedLayer]) -> str:
    """Return the text of a kind for the layers, in the order in which a function is to have them.

    Raises UsageError for an unknown kind, where a folder is given to a kind that deploys zips, and where two layers would be
    called the same.
    """
    writer = KINDS.get(kind)
    if writer is None:
        raise UsageError(f"unknown kind {kind!r}", hint=f"it can be one of {', '.join(KINDS)}")
    for layer in layers:
        if layer.sha256 is None and kind not in _TAKES_FOLDERS:
            raise UsageError(
                f"{layer.path} is a folder; {kind} deploys a zip", hint="layerwright build writes one"
            )
    _require_own_names(layers)
    return writer(layers)


def _require_own_names(layers: Sequence[EmittedLayer]) -> None:
    seen: dict[str, EmittedLayer] = {}
    for layer in layers:
        other = seen.setdefault(layer.snake, layer)
        if other is not layer:
            raise UsageError(
                f"{other.path} as {other.name} and {layer.path} as {layer.name} would get one name in the code",
                hint="name each of them: --name FIRST --name SECOND",
            )
