"""Pulumi in Python: one ``aws.lambda_.LayerVersion`` a layer; above 50 MB by way of an S3 object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import python_literal


def emit_pulumi(layers: Sequence[EmittedLayer]) -> str:
    """Return a Python module."""
    head = "import pulumi\nimport pulumi_aws as aws\n"
    if any(layer.through_s3 for layer in layers):
        head += '\nartifact_bucket = pulumi.Config().require("artifactBucket")\n'
    return head + "".join(_statements(layer) for layer in layers)


def _statements(layer: EmittedLayer) -> str:
    source = f"    code=pulumi.FileArchive({python_literal(layer.path)}),\n"
    before = ""
    if layer.through_s3:
        before = (
            f"\n{layer.snake}_object = aws.s3.BucketObjectv2(\n"
            f'    "{layer.name}",\n'
            f"    bucket=artifact_bucket,\n"
            f'    key="layers/{layer.name}/{layer.sha256}.zip",\n'
            f"    source=pulumi.FileAsset({python_literal(layer.path)}),\n)\n"
        )
        source = f"    s3_bucket={layer.snake}_object.bucket,\n    s3_key={layer.snake}_object.key,\n"
    return (
        f"{before}\n{layer.snake} = aws.lambda_.LayerVersion(\n"
        f'    "{layer.name}",\n'
        f'    layer_name="{layer.name}",\n'
        f"{source}"
        f"    compatible_runtimes={json.dumps(list(layer.compatible.runtimes))},\n"
        f"    compatible_architectures={json.dumps(list(layer.compatible.architectures))},\n"
        f")\n"
        f'pulumi.export("{layer.snake}_layer_arn", {layer.snake}.arn)\n'
    )
