"""The real tools that tests drive, found on this machine: on PATH, or where `make tools` puts them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
QUIET_CDK = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "18,20,22"}
"""What keeps CDK from a banner on stderr about a Node.js that is older than it likes."""

_MIRROR_VARIABLE = "TERRAFORM_PLUGIN_DIR"
_USUAL_MIRRORS = ("/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins")


def tool(name: str) -> str:
    """The path of a tool; the test is skipped where there is none."""
    places = [
        *sorted(ROOT.glob(f".tools/*/bin/{name}")),
        ROOT / ".tools/node/node_modules/.bin" / name,
    ]
    found = next((str(place) for place in places if place.is_file()), None) or shutil.which(name)
    if found is None:
        missing(f"{name} is not on this machine; `make tools` installs what registries have")
    return found


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CI promised to have everything."""
    if os.environ.get("LAYERWRIGHT_REQUIRE_TOOLS"):
        pytest.fail(reason)
    pytest.skip(reason)


def plugin_mirror() -> Path:
    """A folder of Terraform providers, as `terraform init -plugin-dir` takes it; the test is skipped where there is none."""
    named = os.environ.get(_MIRROR_VARIABLE)
    for place in (named, *_USUAL_MIRRORS):
        if place and Path(place, "registry.terraform.io/hashicorp/aws").is_dir():
            return Path(place)
    missing(f"no folder of Terraform providers was found; {_MIRROR_VARIABLE} names one")


def run_tool(
    words: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None, code: int = 0
) -> str:
    """Run a tool and return what it printed, both streams; it has to end with ``code``."""
    done = subprocess.run(
        list(words),
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == code, f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout
