"""A package was installed as a link to its source folder.

## What it checks

`direct_url.json` that says editable, `__editable__` hooks, `.egg-link` files, and `.pth` files that name absolute folders which are
no part of the stack.

## Why it fails on Lambda

The link leads to a folder of the machine that built the layer. On Lambda it leads nowhere: `No module named 'mylib'`.

## Example

`uv sync` in a workspace, then `cp -r .venv/lib/python3.12/site-packages python`.

## Fix

Install the package's files: `uv sync --no-editable`, `pip install .` instead of `pip install -e .`.

## References

- https://github.com/astral-sh/uv/issues/14963
- https://github.com/aws/aws-lambda-builders/issues/892
- https://packaging.python.org/en/latest/specifications/direct-url/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.installed import code_of

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    told: set[str] = set()
    for one in subject.distributions:
        files = sorted(
            line.path for line in subject.contents.records.get(one.folder, ()) if _is_link(line.path)
        )
        told.update(files)
        if (_says_editable(one) or files) and not _has_code(subject, one):
            yield CHECK.finding(
                subject,
                f"{one.requirement} is an editable install: a link to its source folder, without its code",
                paths=[path for path in files if path in subject.stack] or [one.folder],
                detail={"project": one.name},
            )
    for path in _pth_files(subject):
        leads = [
            line for line in _absolute_lines(subject, path) if not subject.stack.is_folder(line.rstrip("/"))
        ]
        if path not in told and (leads or _is_link(path)):
            goal = (
                f"to {leads[0]}, which is not in the stack" if leads else "to a folder of the build machine"
            )
            yield CHECK.finding(
                subject, f"{path.rpartition('/')[2]} leads {goal}", paths=[path], severity=Severity.WARNING
            )


def _says_editable(one: Distribution) -> bool:
    info = (one.direct_url or {}).get("dir_info")
    return isinstance(info, dict) and info.get("editable") is True


def _has_code(subject: Subject, one: Distribution) -> bool:
    own = [line for line in code_of(subject, one) if not _is_link(line.path) and line.path in subject.stack]
    return bool(own) or any(subject.modules.can_import(name) for name in one.top_level)


def _is_link(path: str) -> bool:
    base = path.rpartition("/")[2]
    return (
        base.startswith("__editable__")
        or base.endswith(".egg-link")
        or (base.startswith("_") and base.endswith("_editable.pth"))
    )


def _pth_files(subject: Subject) -> Iterator[str]:
    for root in subject.modules.roots:
        names = sorted(subject.stack.folders.get(root, ()))
        yield from (f"{root}/{name}" for name in names if name.endswith((".pth", ".egg-link")))


def _absolute_lines(subject: Subject, path: str) -> list[str]:
    lines = subject.contents.source(path).decode("utf-8", "replace").splitlines()
    return [line.strip() for line in lines if line.startswith("/") or line[1:3] in {":\\", ":/"}]


CHECK = Check(
    id="editable-install",
    summary="A package was installed as a link to its source folder",
    severity=Severity.ERROR,
    needs=frozenset({Need.PYTHON}),
    run=_run,
    fix="Install the package's files: `uv sync --no-editable`, or `pip install .` instead of `pip install -e .`.",
)
