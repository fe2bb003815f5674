"""CloudFormation: one ``AWS::Lambda::LayerVersion`` a layer; its key in S3 holds its hash, so a change is seen."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import yaml_literal


def emit_cloudformation(layers: Sequence[EmittedLayer]) -> str:
    """Return a CloudFormation template, with the commands that bring the zips to S3 at its top."""
    uploads = "".join(
        f"#   aws s3 cp {shlex.quote(layer.path)} s3://BUCKET/{_key(layer)}\n" for layer in layers
    )
    head = (
        f"# Before the deploy:\n{uploads}"
        'AWSTemplateFormatVersion: "2010-09-09"\n'
        "Parameters:\n"
        "  ArtifactBucket:\n"
        "    Type: String\n"
        "    Description: Bucket that holds the layers, in the region of the stack.\n"
        "Resources:\n"
    )
    outputs = "".join(f"  {layer.pascal}Arn:\n    Value: !Ref {layer.pascal}\n" for layer in layers)
    return head + "".join(_resource(layer) for layer in layers) + "Outputs:\n" + outputs


def _key(layer: EmittedLayer) -> str:
    return f"layers/{layer.name}/{layer.sha256}.zip"


def _resource(layer: EmittedLayer) -> str:
    return (
        f"  {layer.pascal}:\n"
        "    Type: AWS::Lambda::LayerVersion\n"
        "    DeletionPolicy: Retain\n"
        "    UpdateReplacePolicy: Retain\n"
        "    Properties:\n"
        f"      LayerName: {yaml_literal(layer.name)}\n"
        "      Content:\n"
        "        S3Bucket: !Ref ArtifactBucket\n"
        f"        S3Key: {_key(layer)}\n"
        f"      CompatibleRuntimes: [{', '.join(layer.compatible.runtimes)}]\n"
        f"      CompatibleArchitectures: [{', '.join(layer.compatible.architectures)}]\n"
    )
