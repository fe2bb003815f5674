"""Each console block of the README and the docs prints what it says it prints.

Numbers, versions and units change from day to day, and are masked; a line ``...`` stands for any lines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

_ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PAGES = ("README.md",)


class Step(NamedTuple):
    """A command, and the lines that it is said to print."""

    command: str
    lines: list[str]


def _steps(page: str) -> Iterator[Step]:
    for block in _BLOCK.findall((_ROOT / page).read_text(encoding="utf-8")):
        step: Step | None = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if step:
                    yield step
                step = Step(line[2:], [])
            elif step:
                step.lines.append(line)
        if step:
            yield step


def _masked(line: str) -> str:
    line = re.sub(r"\b\d[\w.,]*", "#", line)
    return re.sub(r"(# (KB|MB|B)\b|\s)+", " ", line).strip()


def _matches(said: list[str], printed: list[str]) -> bool:
    """Tell whether what was printed is what was said, ``...`` standing for any lines."""
    if not said:
        return not printed
    if said[0].strip() == "...":
        return any(_matches(said[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and _masked(said[0]) == _masked(printed[0]) and _matches(said[1:], printed[1:])


def _trimmed(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip()]


@pytest.mark.network
@pytest.mark.parametrize("page", _PAGES)
def test_what_a_page_shows_is_what_is_printed(page: str, tmp_path: Path) -> None:
    steps = list(_steps(page))
    assert steps
    shutil.copytree(_ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("dist", ".venv"))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for step in steps:
        run = subprocess.run(
            step.command,
            shell=True,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        said, printed = _trimmed(step.lines), _trimmed(run.stdout.splitlines())
        message = "\n".join([f"$ {step.command}", "said:", *said, "printed:", run.stdout])
        assert _matches(said, printed), message


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (_ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("https://")]
    assert all((_ROOT / link).exists() for link in links), links


def test_the_commands_of_the_readme_are_those_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for page in ("README.md", "CONTRIBUTING.md"):
        commands = re.findall(
            r"(?:^ {4}|`)make ([a-z-]+)\b", (_ROOT / page).read_text(encoding="utf-8"), re.MULTILINE
        )
        assert commands
        assert set(commands) <= set(targets), page
