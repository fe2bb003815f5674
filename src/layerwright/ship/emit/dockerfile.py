"""A container image with a layer's content: AWS's base image searches /opt as Lambda does, so it goes there as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from layerwright.errors import UsageError
from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import python_literal

_PLATFORMS: Final = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
_EXECUTABLE: Final = ("bin", "extensions")


def emit_dockerfile(layers: Sequence[EmittedLayer]) -> str:
    """Return a Dockerfile for the newest runtime that all layers are fit for.

    Raises UsageError where there is none, and for a layer outside of the folder that the image is built from.
    """
    for layer in layers:
        if layer.path.startswith(("/", "../")) or layer.path[1:2] == ":":
            raise UsageError(
                f"{layer.path} is outside of the folder that an image is built from",
                hint="run this in a folder that holds the layer, and build the image there",
            )
    runtime, architecture = _target(layers)
    base = (
        f"ARG BASE=public.ecr.aws/lambda/python:{runtime.removeprefix('python')}\n"
        f"ARG PLATFORM={_PLATFORMS[architecture]}\n"
    )
    folders = [layer for layer in layers if layer.sha256 is None]
    zips = [layer for layer in layers if layer.sha256 is not None]
    stage, copies = "", "".join(_copy(f"{layer.path}/", "/opt/") for layer in folders)
    if zips:
        # The base image has no unzip, and Python's zipfile does not restore modes.
        made = sorted({name for layer in zips for name in layer.folders if name in _EXECUTABLE})
        modes = f" && chmod -R a+x {' '.join(f'/opt/{name}' for name in made)}" if made else ""
        unpack = " && ".join(f"python3 -m zipfile -e /layers/{place}.zip /opt" for place in range(len(zips)))
        sources = "".join(_copy(layer.path, f"/layers/{place}.zip") for place, layer in enumerate(zips))
        stage = f"FROM --platform=$PLATFORM $BASE AS layers\n{sources}RUN {unpack}{modes}\n\n"
        copies = f"COPY --from=layers /opt /opt\n{copies}"
    return (
        f"{base}\n{stage}FROM --platform=$PLATFORM $BASE\n{copies}"
        'COPY app.py ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'
    )


def _copy(source: str, place: str) -> str:
    """Return the instruction; a source with a space stands in a list, where quotes and $ still mean something."""
    if re.fullmatch(r"[\w./@+=,-]+", source):
        return f"COPY {source} {place}\n"
    escaped = re.sub(r"""([\\'"$])""", r"\\\1", source)
    return f"COPY [{python_literal(escaped)}, {python_literal(place)}]\n"


def _target(layers: Sequence[EmittedLayer]) -> tuple[str, str]:
    runtimes = [
        name
        for name in layers[0].compatible.runtimes
        if all(name in layer.compatible.runtimes for layer in layers)
    ]
    architectures = [
        name
        for name in layers[0].compatible.architectures
        if all(name in layer.compatible.architectures for layer in layers)
    ]
    if not runtimes or not architectures:
        raise UsageError("there is no runtime that all these layers are fit for", hint="name one by --target")
    return runtimes[-1], "x86_64" if "x86_64" in architectures else architectures[0]
