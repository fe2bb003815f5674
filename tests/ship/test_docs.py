"""Every console block of docs/shipping prints what it says it prints, with moto's server in AWS's place."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.test_console import _matches, _steps, _trimmed
from factories.cloud import Cloud
from factories.tools import QUIET_CDK, ROOT, plugin_mirror, tool

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/shipping").glob("*.md"))
WITH_CONSOLE = [page for page in PAGES if any(True for _ in _steps(page))]
DOES_NOT_IMPORT = {
    "errorMessage": "Unable to import module 'app': No module named 'fitz'",
    "errorType": "Runtime.ImportModuleError",
    "stackTrace": [],
}


def environment_for(page: str, folder: Path) -> dict[str, str]:
    """The environment of this test, with the page's own tools first on PATH."""
    places = [Path(sys.executable).parent]
    more = {"SAM_CLI_TELEMETRY": "0", **QUIET_CDK}
    if page.endswith("terraform.md"):
        tool("terraform")
        settings = folder / "settings.tfrc"
        settings.write_text(
            f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = "{plugin_mirror()}"\n  }}\n}}\n'
        )
        more["TF_CLI_CONFIG_FILE"] = str(settings)
    if page.endswith("cdk.md"):
        places.insert(0, ROOT / ".tools/cdk/bin")
    if page.endswith("sam.md"):
        places.append(Path(tool("sam")).parent)
    return {**os.environ, **more, "PATH": os.pathsep.join([*map(str, places), os.environ["PATH"]])}


@pytest.mark.network
@pytest.mark.tools
@pytest.mark.parametrize("page", WITH_CONSOLE)
def test_what_a_page_shows_is_what_is_printed(page: str, tmp_path: Path, cloud: Cloud) -> None:
    cloud.know_managed_policies()
    for name in ("document-processor", "book-upload"):
        cloud.function(name)
    cloud.answers["book-upload"] = DOES_NOT_IMPORT
    shutil.copytree(ROOT / "terraform", tmp_path / "terraform")
    left = shutil.ignore_patterns("dist", ".venv", ".terraform*", "*.tfstate*", "cdk.out", ".aws-sam")
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=left)
    environment = environment_for(page, tmp_path)
    folder = tmp_path
    for step in _steps(page):
        if step.command.startswith("cd "):
            folder = tmp_path / step.command.removeprefix("cd ")
            continue
        run = subprocess.run(
            step.command,
            shell=True,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        said, printed = _trimmed(step.lines), _trimmed(run.stdout.splitlines())
        relative = [line.replace(f"{folder.resolve()}/", "") for line in printed]
        message = "\n".join([f"$ {step.command}", "said:", *said, "printed:", run.stdout])
        assert _matches([_plain(line) for line in said], [_plain(line) for line in relative]), message


def _plain(line: str) -> str:
    """A line without what is another on each day: hashes."""
    line = re.sub(r"\b[0-9a-f]{64}\b|SHA256", "SHA256", line)
    return re.sub(r"sha256 [0-9a-f]{12}", "sha256", line)


@pytest.mark.parametrize("page", [*PAGES, "terraform/README.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("https://")]
    assert all(((ROOT / page).parent / link).exists() for link in links), links


def test_the_modules_page_lists_its_variables_and_outputs() -> None:
    page = (ROOT / "terraform/README.md").read_text(encoding="utf-8")
    for file, kind in (("variables.tf", "variable"), ("outputs.tf", "output")):
        declared = re.findall(rf'^{kind} "(\w+)"', (ROOT / "terraform" / file).read_text(), re.MULTILINE)
        assert declared
        assert all(f"| `{name}` |" in page for name in declared), declared
