"""The real terraform in a folder, with the providers of this machine alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from factories.tools import ROOT, missing, plugin_mirror, run_tool, tool

QUIET = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_VAR_database_url": "postgresql://x"}
_EXTERNAL = "registry.terraform.io/hashicorp/external/2.3.5/linux_amd64/terraform-provider-external_v2.3.5"


class Terraform:
    """Terraform, initialised in a folder."""

    def __init__(
        self, folder: Path, *, environment: Mapping[str, str] | None = None, plugins: Path | None = None
    ) -> None:
        self.folder = folder
        self._program = tool("terraform")
        settings = folder / "settings.tfrc"
        settings.write_text("disable_checkpoint = true\n")
        self._environment = {**QUIET, "TF_CLI_CONFIG_FILE": str(settings), **(environment or {})}
        places = [plugin_mirror(), *([plugins] if plugins else [])]
        self("init", "-input=false", *(f"-plugin-dir={place}" for place in places))

    def __call__(self, *words: str, code: int = 0) -> str:
        return run_tool(
            [self._program, words[0], "-no-color", *words[1:]],
            folder=self.folder,
            environment=self._environment,
            code=code,
        )

    def changes(self) -> dict[str, list[str]]:
        """What a plan would do, by address; nothing where there is no change."""
        self("plan", "-input=false", "-out=plan.out")
        plan = json.loads(self("show", "-json", "plan.out"))
        return {
            change["address"]: change["change"]["actions"]
            for change in plan.get("resource_changes", [])
            if change["change"]["actions"] != ["no-op"]
        }


def external_provider(folder: Path) -> Path:
    """A folder of providers with a stand-in for hashicorp/external, which no registry reached from here has."""
    python = ROOT / ".tools/terraform/bin/python"
    if not python.is_file():
        missing("no environment for a provider in Python; `make tools` makes one")
    path = folder / _EXTERNAL
    path.parent.mkdir(parents=True)
    source = Path(__file__).with_name("external_provider.py").read_text()
    path.write_text(f"#!{python}\n{source}")
    path.chmod(0o755)
    return folder


def module_project(folder: Path, main: str) -> Path:
    """A root module with this text, and the repository's modules beside it in ``terraform``."""
    shutil.copytree(ROOT / "terraform", folder / "terraform")
    root = folder / "root"
    root.mkdir()
    (root / "main.tf").write_text(main)
    return root
