"""A construct for AWS CDK (the ``cdk`` extra): a layer that is resolved, built and checked while the stack is synthesised.

from layerwright.cdk import PythonLayer

deps = PythonLayer(self, "Deps", requirements=["psycopg2-binary==2.9.9"], target="python3.11-arm64")
lambda_.Function(self, "Api", ..., layers=[deps])
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aws_cdk import AssetHashType, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from layerwright.ship.asset import build_asset, declare

_ARCHITECTURES: Final = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}


class PythonLayer(lambda_.LayerVersion):
    """A version of a layer, built for ``target`` and compatible with just that.

    Its content comes from ``requirements``, ``files`` (requirements.txt, pyproject.toml, uv.lock ...) or ``lock`` (a pylock.toml),
    relative to ``folder``; with none of them from the layer that ``folder`` declares. The asset's hash is that of the locked
    artifacts, so a deploy changes the layer when the lock changes, and not otherwise. A layer with error findings stops the synth.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: str | None = None,
        requirements: Sequence[str] = (),
        files: Sequence[str] = (),
        lock: str | None = None,
        folder: str | Path = ".",
        layer: str | None = None,
        layer_version_name: str | None = None,
        description: str | None = None,
        license: str | None = None,  # noqa: A002 - CDK's own word
        removal_policy: RemovalPolicy | None = None,
    ) -> None:
        """Build the layer, and add it to the stack."""
        declared = declare(Path(folder), name=layer, requirements=requirements, files=files, lock=lock)
        with tempfile.TemporaryDirectory(prefix="layerwright-") as place:
            # CDK copies the file to its output while the construct is made.
            asset = build_asset(declared, target, Path(place) / f"{declared.name}.zip")
            runtime = lambda_.Runtime(asset.target.runtime, lambda_.RuntimeFamily.PYTHON)
            super().__init__(
                scope,
                construct_id,
                code=lambda_.Code.from_asset(
                    str(asset.path), asset_hash=asset.sha256, asset_hash_type=AssetHashType.CUSTOM
                ),
                compatible_runtimes=[runtime],
                compatible_architectures=[_ARCHITECTURES[asset.target.architecture]],
                layer_version_name=layer_version_name,
                description=description,
                license=license,
                removal_policy=removal_policy,
            )
        self.runtime = runtime
        self.architecture = _ARCHITECTURES[asset.target.architecture]
