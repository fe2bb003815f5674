"""CDK in Python: a construct with one ``LayerVersion`` a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.emit.literals import python_literal

# What aws-cdk-lib has a constant for; another is named by its identifier.
_CONSTANTS: Final = frozenset(f"python3.{minor}" for minor in range(8, 15))

_HEAD: Final = '''\
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


class Layers(Construct):
    """Layers built by layerwright; give them to a function as layers=[...]."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
'''


def emit_cdk(layers: Sequence[EmittedLayer]) -> str:
    """Return a Python module."""
    return _HEAD + "".join(_statement(layer) for layer in layers)


def runtime_expression(runtime: str, *, module: str, new: str = "") -> str:
    """Return how CDK names a runtime: by its constant, or by the identifier where there is none."""
    if runtime in _CONSTANTS:
        return f"{module}.Runtime.{runtime.upper().replace('PYTHON', 'PYTHON_').replace('.', '_')}"
    return f'{new}{module}.Runtime("{runtime}", {module}.RuntimeFamily.PYTHON)'


def architecture_expression(architecture: str, *, module: str) -> str:
    """Return how CDK names an architecture."""
    return f"{module}.Architecture.{ {'arm64': 'ARM_64', 'x86_64': 'X86_64'}[architecture] }"


def _statement(layer: EmittedLayer) -> str:
    runtimes = [runtime_expression(runtime, module="lambda_") for runtime in layer.compatible.runtimes]
    architectures = [
        architecture_expression(name, module="lambda_") for name in layer.compatible.architectures
    ]
    return (
        f"        self.{layer.snake} = lambda_.LayerVersion(\n"
        f'            self,\n            "{layer.pascal}",\n'
        f'            layer_version_name="{layer.name}",\n'
        f"            code=lambda_.Code.from_asset({python_literal(layer.path)}),\n"
        f"            compatible_runtimes=[{', '.join(runtimes)}],\n"
        f"            compatible_architectures=[{', '.join(architectures)}],\n"
        f"        )\n"
    )
