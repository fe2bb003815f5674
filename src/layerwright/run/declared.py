"""Functions as ``[tool.layerwright.functions.NAME]`` declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from layerwright.errors import UsageError
from layerwright.run.function import Function, check_function
from layerwright.run.queues import QueueMapping
from layerwright.targets.target import Target, parse_target

_KEYS: Final = frozenset(
    {
        "handler",
        "code",
        "layers",
        "target",
        "memory",
        "timeout",
        "environment",
        "pass-environment",
        "concurrency",
        "network",
    }
    | {"url", "queues"}
)
_QUEUE_KEYS: Final = frozenset(
    {"queue", "batch-size", "batch-window", "report-batch-item-failures", "maximum-concurrency"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFunction:
    """A function with what calls it.

    ``url`` is None where it has no URL, else the port of its own that the URL is served on, 0 for any that is free.
    """

    function: Function
    url: int | None = None
    queues: tuple[QueueMapping, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where functions are declared: the file, its ``functions`` table, and the zips of the layers that it declares.

    ``layer_zip`` returns where the layer of that name is built to for that target, None for a name that is no declared layer's.
    """

    path: Path
    functions: object
    layer_zip: Callable[[str, str], Path | None] = lambda _name, _target: None


def declared_functions(
    project: Project, environment: Mapping[str, str], names: tuple[str, ...] = ()
) -> tuple[DeclaredFunction, ...]:
    """Return the functions that a project declares, or those of them that are named, in their order.

    A layer is the name of one that the project declares (its zip), or a path. ``pass-environment`` names variables that are
    taken from ``environment``. Raises UsageError with the key path where something makes no sense.
    """
    table = project.functions
    if not isinstance(table, Mapping) or not table:
        raise UsageError(
            f"{project.path} declares no function",
            hint="[tool.layerwright.functions.NAME] with handler, code, target and layers; see docs/configuration.md",
        )
    unknown = [name for name in names if name not in table]
    if unknown:
        raise UsageError(
            f"{project.path} declares no function {unknown[0]!r}; it declares {', '.join(table)}"
        )
    return tuple(
        _Reader(project, f"functions.{name}", environment).function(name, table[name])
        for name in table
        if not names or name in names
    )


class _Reader:
    """Reads one function's table, and names the key path where a value is wrong."""

    def __init__(self, project: Project, prefix: str, environment: Mapping[str, str]) -> None:
        self._project = project
        self._prefix = prefix
        self._environment = environment
        self._folder = project.path.resolve().parent

    def function(self, name: str, table: object) -> DeclaredFunction:
        if not isinstance(table, Mapping):
            raise self._wrong("", table, "a table")
        self._known(table, _KEYS, self._prefix)
        target = parse_target(self._text(table, "target"))
        function = Function(
            name=name,
            handler=self._text(table, "handler"),
            code=self._folder / self._text(table, "code", "."),
            target=target,
            layers=tuple(self._layer(layer, target) for layer in self._texts(table, "layers")),
            memory_mb=self._number(table, "memory", 128),
            timeout_s=self._number(table, "timeout", 3),
            variables=self._variables(table),
            concurrency=self._number(table, "concurrency", 0) or None,
            network=self._flag(table, "network", default=True),
        )
        return DeclaredFunction(
            function=check_function(function),
            url=self._url(table),
            queues=self._queues(table.get("queues", [])),
        )

    def _layer(self, layer: str, target: Target) -> Path:
        built = self._project.layer_zip(layer, str(target))
        if built is not None:
            if not built.exists():
                raise UsageError(
                    f"{self._prefix}: the layer {layer!r} is not built: {built} does not exist",
                    hint="layerwright build",
                )
            return built
        path = self._folder / layer.replace("{target}", str(target))
        if not path.exists():
            raise self._wrong(
                ".layers", layer, "a layer that the project declares, or the path of a zip or a folder"
            )
        return path

    def _variables(self, table: Mapping[str, Any]) -> dict[str, str]:
        passed = {
            name: self._environment[name]
            for name in self._texts(table, "pass-environment")
            if name in self._environment
        }
        own = table.get("environment", {})
        if not isinstance(own, Mapping) or not all(isinstance(value, str) for value in own.values()):
            raise self._wrong(".environment", own, "a table of strings")
        return {**own, **passed}

    def _url(self, table: Mapping[str, Any]) -> int | None:
        url = table.get("url", False)
        if isinstance(url, bool):
            return 0 if url else None
        if not isinstance(url, int) or not 0 < url < 65536:
            raise self._wrong(".url", url, "true, or a port")
        return url

    def _queues(self, tables: object) -> tuple[QueueMapping, ...]:
        if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
            raise self._wrong(".queues", tables, f"[[{self._prefix}.queues]] tables")
        return tuple(self._queue(table) for table in tables)

    def _queue(self, table: Mapping[str, Any]) -> QueueMapping:
        self._known(table, _QUEUE_KEYS, f"{self._prefix}.queues")
        return QueueMapping(
            queue=self._text(table, "queue"),
            batch_size=self._number(table, "batch-size", 10),
            window_s=self._number(table, "batch-window", 0),
            partial_failures=self._flag(table, "report-batch-item-failures", default=False),
            concurrency=self._number(table, "maximum-concurrency", 0) or None,
        )

    def _known(self, table: Mapping[str, Any], keys: frozenset[str], prefix: str) -> None:
        for key in table:
            if key not in keys:
                raise UsageError(
                    f"{self._project.path}: unknown key {prefix}.{key}",
                    hint=f"it can be one of {', '.join(sorted(keys))}",
                )

    def _text(self, table: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(f".{key}", value, "a string")
        return value

    def _texts(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self._wrong(f".{key}", value, "a list of strings")
        return tuple(value)

    def _number(self, table: Mapping[str, Any], key: str, default: int) -> int:
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(f".{key}", value, "a whole number")
        return value

    def _flag(self, table: Mapping[str, Any], key: str, *, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(f".{key}", value, "true or false")
        return value

    def _wrong(self, key: str, got: object, expected: str) -> UsageError:
        return UsageError(f"{self._project.path}: {self._prefix}{key} is {got!r}, expected {expected}")
