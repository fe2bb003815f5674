"""The function's own modules: those that its handler reaches, or all of them where no handler is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.importers import is_test
from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.checks.statements import How

if TYPE_CHECKING:
    from layerwright.checks.statements import Import
    from layerwright.checks.subject import Subject


def handler_module(handler: str) -> tuple[str, str]:
    """Return the module and the function that a handler names, as the runtime client takes it apart.

    >>> handler_module("src/app.handler")
    ('src.app', 'handler')
    >>> handler_module("handler")
    ('handler', '')
    """
    module, _, function = handler.rpartition(".")
    return (module.replace("/", "."), function) if module else (handler, "")


def own_modules(subject: Subject) -> tuple[str, ...]:
    """Return the paths of the function's own Python files that it runs, in the order in which they are reached.

    What a distribution brought along in the function's folder is not its own, and tests are left aside.
    """
    own = {path: name for path, name in _files(subject) if name is not None}
    start = subject.modules.find(handler_module(subject.handler)[0]) if subject.handler else None
    if start is None:
        return tuple(own)
    reached = [start.path] if start.path in own else []
    for path in reached:
        for one in subject.syntax(path).imports:
            for goal in one.goals(package_of(subject, path)) if one.how is not How.NEVER else ():
                found = subject.modules.find(goal)
                if found is not None and found.path in own and found.path not in reached:
                    reached.append(found.path)
    return tuple(reached)


def package_of(subject: Subject, path: str) -> str:
    """Return the package that relative imports in the file at ``path`` start from, empty for a module at the top."""
    name = subject.modules.name_of(path) or ""
    return name if path.endswith("/__init__.py") else name.rpartition(".")[0]


def base_of(one: Import, package: str) -> str:
    """Return the dotted name of the module that an import statement names, without the names behind ``import``."""
    if not one.level:
        return one.module
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - one.level + 1]
    return ".".join((*kept, one.module)) if one.module else ".".join(kept)


def _files(subject: Subject) -> Iterator[tuple[str, str | None]]:
    start = f"{FUNCTION_ROOT}/"
    for path in subject.stack:
        if path.startswith(start) and path.endswith(".py") and subject.contents.owner(path) is None:
            name = subject.modules.name_of(path)
            if name is not None and not is_test(name):
                yield path, name
