"""A package asks for metadata that was deleted.

## What it checks

Packages that no distribution's metadata covers: whether their code, or code that requires them, calls `importlib.metadata.version`,
`pkg_resources.get_distribution` and their like with a name that isn't there. At import and with nothing to catch it, it's an error.
That a package has no metadata at all is only told: then nothing can be said of its version and its dependencies.

## Why it fails on Lambda

`PackageNotFoundError: No package metadata was found for X`, or `DistributionNotFound: The 'X' distribution was not found`, while
the module is imported. The `.dist-info` folders were deleted to save space.

## Example

`__version__ = importlib.metadata.version("stripe")` in a layer made with `rm -rf python/*.dist-info`.

## Fix

Keep the `.dist-info` folders; they are small.

## References

- https://github.com/serverless/serverless-python-requirements/issues/441
- https://github.com/serverless/serverless/issues/5333
- https://docs.python.org/3/library/importlib.metadata.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.distributions import normalise
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.import_names import import_names
from layerwright.checks.importers import is_test
from layerwright.checks.modules import Form
from layerwright.checks.stack import LAYER_ROOT
from layerwright.checks.statements import How

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_LOOKUPS: Final = frozenset(
    {"version", "distribution", "metadata", "get_distribution", "requires", "require"}
)
_MENTIONS: Final = re.compile(rb"\bmetadata\b|get_distribution|pkg_resources|importlib_metadata")

_SCRIPTS: Final = "bin"  # `pip install --target` puts scripts there, some of which are Python files


def _run(subject: Subject) -> Iterator[Finding]:
    tops = _uncovered(subject)
    if not tops:
        return
    found: dict[str, list[tuple[str, int, How]]] = {}
    for top in tops:
        for path in subject.modules.sources(top):
            for name, line, how in _lookups(subject, path, top):
                found.setdefault(name, []).append((path, line, how))
    for name, path, line, how in _asked_by_others(subject):
        found.setdefault(name, []).append((path, line, how))
    for name, places in sorted(found.items()):
        path, line, how = min(places, key=lambda place: (place[2], place[0]))
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(path).path}:{line} asks for the metadata of {name}, which is not there",
            paths=dict.fromkeys((path, *(one for one, _, _ in places))),
            severity=Severity.ERROR if how is How.TOP else Severity.WARNING,
            detail={"project": name},
        )
    yield CHECK.finding(
        subject,
        f"{', '.join(tops[:5])}{' and others' if len(tops) > 5 else ''} {'has' if len(tops) == 1 else 'have'} no metadata: "
        "versions and dependencies can't be judged",
        paths=[module.path for top in tops if (module := subject.modules.find(top)) is not None],
        severity=Severity.INFO,
    )


def _uncovered(subject: Subject) -> list[str]:
    """The top-level packages of the layers that no metadata covers."""
    covered: set[str] = set()
    for one in subject.distributions:
        covered.update(one.top_level, import_names(one.name), {one.name.replace("-", "_")})
        for line in subject.contents.records.get(one.folder, ()):
            covered.add(line.path.removeprefix(f"{one.root}/").partition("/")[0].partition(".")[0])
    named = {name.partition(".")[0].lower() for name in covered}
    # What stands where nobody looks is told of by the checks of the layout.
    misplaced = [f"{LAYER_ROOT}/{one.folder}/" for one in subject.misplaced]
    return [
        module.name
        for module in subject.modules.top_level()
        if module.path.startswith(LAYER_ROOT)
        and module.name.lower() not in named
        and not module.name.startswith("_")
        and not (module.form is Form.NAMESPACE and module.name == _SCRIPTS)
        and (module.form is not Form.NAMESPACE or any(subject.modules.sources(module.name)))
        and not any(folder.startswith(f"{module.path}/") for folder in misplaced)
    ]


def _lookups(subject: Subject, path: str, top: str) -> Iterator[tuple[str, int, How]]:
    if not _MENTIONS.search(subject.contents.source(path)) or is_test(subject.modules.name_of(path) or ""):
        return
    for call in subject.syntax(path).calls:
        project = normalise(call.literal)
        own = {normalise(top), *(name for name in (project,) if top in import_names(name))}
        if (
            call.function in _LOOKUPS
            and project in own
            and project not in subject.by_name
            and call.how <= How.LAZY
        ):
            yield call.literal, call.line, call.how


def _asked_by_others(subject: Subject) -> Iterator[tuple[str, str, int, How]]:
    """Lookups, by packages with metadata, of requirements whose module is there without any."""
    for one in subject.required:
        if one.project in subject.by_name:
            continue
        for line in subject.contents.records.get(one.by.folder, ()):
            if line.path.endswith(".py") and _MENTIONS.search(subject.contents.source(line.path)):
                for call in subject.syntax(line.path).calls:
                    if (
                        call.function in _LOOKUPS
                        and normalise(call.literal) == one.project
                        and call.how <= How.LAZY
                    ):
                        yield call.literal, line.path, call.line, call.how


CHECK = Check(
    id="metadata-absent",
    summary="A package asks for metadata that was deleted",
    severity=Severity.ERROR,
    needs=frozenset({Need.PYTHON}),
    run=_run,
    fix="Keep the .dist-info folders; they are small.",
)
