"""SAM: one ``AWS::Serverless::LayerVersion`` a layer, from its zip; ``sam build`` then has nothing to build."""

from __future__ import annotations

from collections.abc import Sequence

from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import yaml_literal

_HEAD = 'AWSTemplateFormatVersion: "2010-09-09"\nTransform: AWS::Serverless-2016-10-31\nResources:\n'


def emit_sam(layers: Sequence[EmittedLayer]) -> str:
    """Return a SAM template."""
    outputs = "".join(f"  {layer.pascal}Arn:\n    Value: !Ref {layer.pascal}\n" for layer in layers)
    return _HEAD + "".join(_resource(layer) for layer in layers) + "Outputs:\n" + outputs


def _resource(layer: EmittedLayer) -> str:
    return (
        f"  {layer.pascal}:\n"
        "    Type: AWS::Serverless::LayerVersion\n"
        "    Properties:\n"
        f"      LayerName: {yaml_literal(layer.name)}\n"
        f"      ContentUri: {yaml_literal(layer.path)}\n"
        f"      CompatibleRuntimes: [{', '.join(layer.compatible.runtimes)}]\n"
        f"      CompatibleArchitectures: [{', '.join(layer.compatible.architectures)}]\n"
        "      RetentionPolicy: Retain\n"
    )
