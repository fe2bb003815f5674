"""What ``[tool.layerwright.publish]`` says: where layers go, under which name, and who may use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.pipeline.declaration import Configuration
    from layerwright.targets.target import Target

_LISTS = frozenset({"regions", "share"})
_TEXTS = frozenset({"name", "bucket", "description", "license"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """``name`` is a template of ``{name}``, ``{python}`` (py311) and ``{architecture}``."""

    name: str | None = None
    regions: tuple[str, ...] = ()
    bucket: str | None = None
    description: str = ""
    license: str = ""
    share: tuple[str, ...] = ()

    def name_for(self, name: str, target: Target, *, of: int) -> str:
        """Return the layer's name on AWS; ``of`` is for how many targets it is built.

        Raises UsageError where one name would stand for the layers of several targets.
        """
        template = self.name or ("{name}" if of == 1 else "{name}-{python}-{architecture}")
        if of > 1 and "{python}" not in template and "{architecture}" not in template:
            raise UsageError(
                f"publish.name is {template!r}, and {name} is built for {of} targets",
                hint='such as "{name}-{python}-{architecture}"',
            )
        python = "py" + "".join(map(str, target.python))
        return (
            template.replace("{name}", name)
            .replace("{python}", python)
            .replace("{architecture}", target.architecture)
        )


def publish_settings(configuration: Configuration) -> PublishSettings:
    """Read the section; raises UsageError with the key path where a value makes no sense."""
    where = f"{configuration.path}: publish"
    section = configuration.sections.get("publish", {})
    if not isinstance(section, dict):
        raise UsageError(f"{where} is no table")
    for key in section:
        if key not in _LISTS | _TEXTS:
            raise UsageError(
                f"{where}: unknown key {key}", hint=f"it can be one of {', '.join(sorted(_LISTS | _TEXTS))}"
            )
    return PublishSettings(
        name=_text(section, "name", where),
        regions=_texts(section, "regions", where),
        bucket=_text(section, "bucket", where),
        description=_text(section, "description", where) or "",
        license=_text(section, "license", where) or "",
        share=_texts(section, "share", where),
    )


def _text(section: Mapping[str, Any], key: str, where: str) -> str | None:
    value = section.get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{where}.{key} is {value!r}, expected a string")
    return value


def _texts(section: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = section.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where}.{key} is {value!r}, expected a list of strings")
    return tuple(value)
