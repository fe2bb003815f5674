"""CDK in TypeScript: a construct with one ``LayerVersion`` a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from layerwright.ship.emit.cdk import architecture_expression, runtime_expression
from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import typescript_literal

_HEAD: Final = """\
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** Layers built by layerwright; give them to a function as layers: [...]. */
export class Layers extends Construct {
"""


def emit_cdk_typescript(layers: Sequence[EmittedLayer]) -> str:
    """Return a TypeScript module."""
    fields = "".join(f"  readonly {layer.camel}: lambda.LayerVersion;\n" for layer in layers)
    statements = "".join(_statement(layer) for layer in layers)
    opening = "\n  constructor(scope: Construct, id: string) {\n    super(scope, id);\n"
    return f"{_HEAD}{fields}{opening}{statements}  }}\n}}\n"


def _statement(layer: EmittedLayer) -> str:
    runtimes = [
        runtime_expression(runtime, module="lambda", new="new ").replace('"', "'")
        for runtime in layer.compatible.runtimes
    ]
    architectures = [
        architecture_expression(name, module="lambda") for name in layer.compatible.architectures
    ]
    return (
        f"    this.{layer.camel} = new lambda.LayerVersion(this, '{layer.pascal}', {{\n"
        f"      layerVersionName: '{layer.name}',\n"
        f"      code: lambda.Code.fromAsset({typescript_literal(layer.path)}),\n"
        f"      compatibleRuntimes: [{', '.join(runtimes)}],\n"
        f"      compatibleArchitectures: [{', '.join(architectures)}],\n"
        f"    }});\n"
    )
