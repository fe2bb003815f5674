"""Serverless Framework: the ``layers`` section of serverless.yml."""

from __future__ import annotations

from collections.abc import Sequence

from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import yaml_literal


def emit_serverless(layers: Sequence[EmittedLayer]) -> str:
    """Return the section, with the references for functions at its top."""
    references = "".join(f"#   - !Ref {layer.pascal}LambdaLayer\n" for layer in layers)
    return f"# In a function:\n# layers:\n{references}layers:\n" + "".join(map(_section, layers))


def _section(layer: EmittedLayer) -> str:
    # The framework makes the logical id from the key, its first letter made large. With `retain` it would add a hash
    # to the id, and functions could not refer to it (seen with 3.40).
    return (
        f"  {layer.camel}:\n"
        f"    name: {yaml_literal(layer.name)}\n"
        "    package:\n"
        f"      artifact: {yaml_literal(layer.path)}\n"
        f"    compatibleRuntimes: [{', '.join(layer.compatible.runtimes)}]\n"
        f"    compatibleArchitectures: [{', '.join(layer.compatible.architectures)}]\n"
    )
