"""A stand-in for hashicorp/external, by its documentation: one data source that runs a program which speaks JSON.

The program gets ``query`` on stdin and prints a flat object of strings, or ends with another code than 0 and says why on stderr.
It runs in an environment of its own, with the package tf.
"""

import json
import subprocess
from typing import Any

from tf import iface, runner, schema, types


class External(iface.DataSource):
    def __init__(self, provider: iface.Provider) -> None:
        self.provider = provider

    @classmethod
    def get_name(cls) -> str:
        return ""

    @classmethod
    def get_schema(cls) -> schema.Schema:
        strings = types.Map(types.String())
        return schema.Schema(
            attributes=[
                schema.Attribute("program", types.List(types.String()), required=True),
                schema.Attribute("query", strings, optional=True),
                schema.Attribute("working_dir", types.String(), optional=True),
                schema.Attribute("id", types.String(), computed=True),
                schema.Attribute("result", strings, computed=True),
            ]
        )

    def read(self, ctx: iface.ReadDataContext, config: dict[str, Any]) -> dict[str, Any] | None:
        done = subprocess.run(
            config["program"],
            input=json.dumps(config["query"] or {}),
            cwd=config["working_dir"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            ctx.diagnostics.add_error(
                "External Program Execution Failed", f"State: exit status {done.returncode}\n{done.stderr}"
            )
            return None
        result = json.loads(done.stdout)
        assert all(isinstance(value, str) for value in result.values()), result
        return {**config, "id": "-", "result": result}


class Provider(iface.Provider):
    def get_model_prefix(self) -> str:
        return "external"

    def full_name(self) -> str:
        return "registry.terraform.io/hashicorp/external"

    def get_provider_schema(self, diags: Any) -> schema.Schema:
        return schema.Schema(attributes=[])

    def validate_config(self, diags: Any, config: Any) -> None: ...

    def configure_provider(self, diags: Any, config: Any) -> None: ...

    def get_data_sources(self) -> list[type[iface.DataSource]]:
        return [External]

    def get_resources(self) -> list[type[iface.Resource]]:
        return []


if __name__ == "__main__":
    runner.run_provider(Provider())
