"""Terraform: one ``aws_lambda_layer_version`` a layer; above 50 MB by way of an S3 object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import hcl_literal


def emit_terraform(layers: Sequence[EmittedLayer]) -> str:
    """Return HCL, as ``terraform fmt`` would leave it."""
    blocks = []
    if any(layer.through_s3 for layer in layers):
        blocks.append(
            'variable "artifact_bucket" {\n'
            '  description = "Bucket for layers above 50 MB, in the region of the functions."\n'
            "  type        = string\n}\n"
        )
    blocks += [_blocks(layer) for layer in layers]
    return "\n".join(blocks)


def _blocks(layer: EmittedLayer) -> str:
    path = hcl_literal(layer.path, below_module=not layer.path.startswith("/"))
    runtimes = json.dumps(list(layer.compatible.runtimes))
    architectures = json.dumps(list(layer.compatible.architectures))
    common = (
        f"  source_code_hash         = filebase64sha256({path})\n"
        f"  compatible_runtimes      = {runtimes}\n"
        f"  compatible_architectures = {architectures}\n"
    )
    output = (
        f'\noutput "{layer.snake}_layer_arn" {{\n  value = aws_lambda_layer_version.{layer.snake}.arn\n}}\n'
    )
    if not layer.through_s3:
        return (
            f'resource "aws_lambda_layer_version" "{layer.snake}" {{\n'
            f"  layer_name               = {hcl_literal(layer.name)}\n"
            f"  filename                 = {path}\n"
            f"{common}}}\n{output}"
        )
    return (
        f'resource "aws_s3_object" "{layer.snake}" {{\n'
        f"  bucket      = var.artifact_bucket\n"
        f'  key         = "layers/{layer.name}/${{filesha256({path})}}.zip"\n'
        f"  source      = {path}\n"
        f"  source_hash = filemd5({path})\n}}\n\n"
        f'resource "aws_lambda_layer_version" "{layer.snake}" {{\n'
        f"  layer_name               = {hcl_literal(layer.name)}\n"
        f"  s3_bucket                = aws_s3_object.{layer.snake}.bucket\n"
        f"  s3_key                   = aws_s3_object.{layer.snake}.key\n"
        f"{common}}}\n{output}"
    )
