"""A built layer as infrastructure code needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Final

from layerwright.layer.read import Layer
from layerwright.ship.judge import Compatibility
from layerwright.ship.layer_name import require_layer_name
from layerwright.targets.quotas import load_quotas

_TAKEN: Final = frozenset({"aws", "constructor", "node", "pulumi"})
"""Words that the emitted modules use themselves, or that a construct has already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmittedLayer:
    """A layer and what is to be written of it.

    ``path`` is as it was given, with forward slashes; ``sha256`` and ``zipped_bytes`` are None for a folder; ``folders`` are the
    top-level folders in it, such as ``bin``.
    """

    name: str
    path: str
    compatible: Compatibility
    sha256: str | None
    zipped_bytes: int | None
    folders: tuple[str, ...]

    @property
    def pascal(self) -> str:
        """The name as logical ids are written: ``DocumentProcessor``."""
        return "".join(word[:1].upper() + word[1:] for word in self._words())

    @property
    def snake(self) -> str:
        """The name as identifiers are written: ``document_processor``."""
        return "_".join(self._words()).lower()

    @property
    def camel(self) -> str:
        """The name as TypeScript writes variables: ``documentProcessor``."""
        return self.pascal[:1].lower() + self.pascal[1:]

    def _words(self) -> list[str]:
        """The name's words, so that together they are an identifier that means nothing else."""
        words = [word for word in re.split(r"[^A-Za-z0-9]+", self.name) if word]
        if not words or words[0][0].isdigit():
            return ["layer", *words]
        taken = len(words) == 1 and (iskeyword(words[0].lower()) or words[0].lower() in _TAKEN)
        return [*words, "layer"] if taken else words

    @property
    def through_s3(self) -> bool:
        """Whether it is too large for a direct upload."""
        return (self.zipped_bytes or 0) > load_quotas().zipped_upload_bytes


def emitted_layer(name: str, path: Path, layer: Layer, compatible: Compatibility) -> EmittedLayer:
    """Return a layer that was read, ready to be written about; raises UsageError for a name that AWS refuses."""
    return EmittedLayer(
        name=require_layer_name(name),
        path=path.as_posix(),
        compatible=compatible,
        sha256=layer.sha256,
        zipped_bytes=layer.zipped_bytes,
        folders=tuple(sorted({entry.partition("/")[0] for entry in layer.tree})),
    )
