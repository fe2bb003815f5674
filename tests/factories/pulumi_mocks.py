"""Runs a Pulumi program under Pulumi's own mocks, and prints the resources that it registers as JSON.

It runs in an environment of its own, with the packages pulumi and pulumi-aws; the engine is no package, and not needed for this.
"""

import json
import runpy
import sys
from typing import Any

import pulumi
from pulumi.runtime import mocks

registered: list[dict[str, Any]] = []
exported: dict[str, Any] = {}


def plain(value: Any) -> Any:
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return {type(value).__name__: vars(value)["path"]}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


class Registering(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        registered.append({"type": args.typ, "name": args.name, "inputs": plain(args.inputs)})
        return args.name, {**args.inputs, "arn": f"arn:of:{args.name}"}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        return {}


def export(name: str, value: pulumi.Output[Any]) -> None:
    value.apply(lambda known: exported.update({name: known}))


@pulumi.runtime.test
def run() -> None:
    runpy.run_path(sys.argv[1])


if __name__ == "__main__":
    pulumi.runtime.set_mocks(Registering(), project="demo")
    pulumi.runtime.set_all_config({"demo:artifactBucket": "artifacts"})
    pulumi.export = export
    run()
    json.dump({"resources": registered, "exports": exported}, sys.stdout)
