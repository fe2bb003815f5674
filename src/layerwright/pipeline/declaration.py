"""What to build, as a value: one specification per layer and target, from the command line or from configuration."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from layerwright.errors import UsageError
from layerwright.layer.place import Layout

CONFIGURATION_FILES: Final = ("layerwright.toml", "pyproject.toml")
DEFAULT_OUTPUT: Final = "{name}-{target}.zip"
_LAYER_KEYS: Final = frozenset(
    {"requirements", "files", "extras", "groups", "targets", "output", "lock", "layout"}
    | {"exclude-runtime-sdk", "scripts", "constraints"}
)
_CHECK_KEYS: Final = frozenset({"select", "ignore"})
_TOP_KEYS: Final = _LAYER_KEYS | {"layers", "name", "check", "functions", "queues", "publish"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDeclaration:
    """A layer as declared: what goes in, for which targets, and where to.

    ``files``, ``constraints``, ``lock`` and ``output`` are paths as declared, resolved against ``folder``; ``lock`` and
    ``output`` may hold ``{name}`` and ``{target}``.
    """

    name: str
    folder: Path
    requirements: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    output: str = DEFAULT_OUTPUT
    lock: str | None = None
    layout: Layout = Layout.FLAT
    exclude_runtime_sdk: bool = False
    scripts: bool = False

    def path(self, template: str, target: str) -> Path:
        """Return a declared path for one target."""
        return self.folder / template.replace("{name}", self.name).replace(
            "{target}", Path(target).name.removesuffix(".toml")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """``[tool.layerwright.check]``: the checks to run, and what is set aside with the reason (see ``run_checks``)."""

    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What ``[tool.layerwright]`` of a project says; ``functions`` and so on are read by their own rooms."""

    path: Path
    layers: tuple[LayerDeclaration, ...]
    check: CheckSettings = field(default_factory=CheckSettings)
    sections: Mapping[str, object] = field(default_factory=dict)


def find_configuration(folder: Path) -> Path | None:
    """Return the nearest layerwright.toml, or pyproject.toml with ``[tool.layerwright]``, at or above a folder."""
    for place in (folder, *folder.parents):
        for name in CONFIGURATION_FILES:
            path = place / name
            if path.is_file() and (name == "layerwright.toml" or "layerwright" in _tool_table(path)):
                return path
    return None


def configuration_places(folder: Path) -> Iterator[Path]:
    """Yield the files that ``find_configuration`` looks at: up to the one that it finds, there or not."""
    found = find_configuration(folder)
    for place in (folder, *folder.parents):
        for name in CONFIGURATION_FILES:
            yield place / name
            if place / name == found:
                return


def read_configuration(path: Path) -> Configuration:
    """Read a layerwright.toml, or the ``[tool.layerwright]`` of a pyproject.toml.

    Raises UsageError with the key path where a key is unknown or a value has the wrong type.
    """
    document = _parse(path)
    prefix = ""
    table: Mapping[str, Any] = document
    if path.name == "pyproject.toml":
        prefix = "tool.layerwright."
        table = _tool_table(path).get("layerwright", {})
    reader = _Reader(path)
    reader.known(table, _TOP_KEYS, prefix)
    shared = {key: value for key, value in table.items() if key in _LAYER_KEYS}
    layers = reader.table(table, "layers", prefix)
    project = document.get("project", {}) if path.name == "pyproject.toml" else {}
    if layers:
        declared = tuple(
            reader.layer(
                name, {**shared, **reader.table(layers, name, f"{prefix}layers.")}, f"{prefix}layers.{name}."
            )
            for name in layers
        )
    else:
        name = reader.text(table, "name", prefix) or str(project.get("name") or path.resolve().parent.name)
        if "requirements" not in shared and "files" not in shared and "dependencies" in project:
            shared["files"] = [path.name]
        declared = (reader.layer(name, shared, prefix),) if shared else ()
    sections = {key: table[key] for key in ("functions", "queues", "publish") if key in table}
    check = reader.check(reader.table(table, "check", prefix), f"{prefix}check.")
    return Configuration(path=path, layers=declared, check=check, sections=sections)


def _parse(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error


def _tool_table(path: Path) -> Mapping[str, Any]:
    tool = _parse(path).get("tool", {})
    return tool if isinstance(tool, dict) else {}


class _Reader:
    """Reads values with their types, and names the key path where one is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def layer(self, name: str, table: Mapping[str, Any], prefix: str) -> LayerDeclaration:
        self.known(table, _LAYER_KEYS, prefix)
        layout = self.text(table, "layout", prefix) or Layout.FLAT.value
        if layout not in set(Layout):
            self._refuse(f"{prefix}layout", repr(layout), " or ".join(repr(item.value) for item in Layout))
        return LayerDeclaration(
            name=name,
            folder=self._path.resolve().parent,
            requirements=self.texts(table, "requirements", prefix),
            files=self.texts(table, "files", prefix),
            constraints=self.texts(table, "constraints", prefix),
            extras=self.texts(table, "extras", prefix),
            groups=self.texts(table, "groups", prefix),
            targets=self.texts(table, "targets", prefix),
            output=self.text(table, "output", prefix) or DEFAULT_OUTPUT,
            lock=self.text(table, "lock", prefix),
            layout=Layout(layout),
            exclude_runtime_sdk=self.flag(table, "exclude-runtime-sdk", prefix),
            scripts=self.flag(table, "scripts", prefix),
        )

    def check(self, table: Mapping[str, Any], prefix: str) -> CheckSettings:
        self.known(table, _CHECK_KEYS, prefix)
        ignore = self.table(table, "ignore", prefix)
        for name, reason in ignore.items():
            if not isinstance(reason, str) or not reason.strip():
                self._refuse(
                    f"{prefix}ignore.{name}", _kind(reason), "the reason, a string that is not empty"
                )
        return CheckSettings(select=self.texts(table, "select", prefix), ignore=ignore)

    def known(self, table: Mapping[str, Any], keys: frozenset[str], prefix: str) -> None:
        for key in table:
            if key not in keys:
                import difflib

                near = difflib.get_close_matches(key, sorted(keys), n=1)
                hint = f"did you mean {near[0]}?" if near else f"it can be one of {', '.join(sorted(keys))}"
                raise UsageError(f"{self._path}: unknown key {prefix}{key}", hint=hint)

    def table(self, table: Mapping[str, Any], key: str, prefix: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            self._refuse(prefix + key, _kind(value), "a table")
        return dict(value)

    def text(self, table: Mapping[str, Any], key: str, prefix: str) -> str | None:
        value = table.get(key)
        if value is not None and not isinstance(value, str):
            self._refuse(prefix + key, _kind(value), "a string")
        return value

    def texts(self, table: Mapping[str, Any], key: str, prefix: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._refuse(prefix + key, _kind(value), "a list of strings")
        return tuple(value)

    def flag(self, table: Mapping[str, Any], key: str, prefix: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self._refuse(prefix + key, _kind(value), "true or false")
        return bool(value)

    def _refuse(self, key: str, got: str, expected: str) -> None:
        raise UsageError(f"{self._path}: {key} is {got}, expected {expected}")


def _kind(value: object) -> str:
    return {
        "str": "a string",
        "int": "a number",
        "bool": "true or false",
        "list": "a list",
        "dict": "a table",
    }.get(type(value).__name__, type(value).__name__)
