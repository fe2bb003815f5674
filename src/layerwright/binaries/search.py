"""The order in which the loader looks for a library (glibc, elf/dl-load.c, ``_dl_map_object``)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Protocol

from layerwright.binaries.facts import Elf
from layerwright.targets.runtime import Runtime

# Without braces a token ends at a slash or the end of the path; with braces anything may follow.
_TOKEN = re.compile(r"\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?=/|$))")


class Loader(Protocol):
    """A file that asks for libraries; ``loader`` is the one that asked for it."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def facts(self) -> Elf | None: ...  # noqa: D102
    @property
    def loader(self) -> Loader | None: ...  # noqa: D102


class SearchPath:
    """The folders that a target's loader searches, for whoever asks."""

    def __init__(self, runtime: Runtime) -> None:
        """Keep what the runtime says of its search paths."""
        self._home = runtime.environment.get("LAMBDA_TASK_ROOT", "/")
        self._library_path = self._folders(runtime.library_path)
        self._system = self._folders(runtime.system_library_path)
        machine = runtime.target.machine
        self._values = {
            "LIB": next(
                (path[1:] for path in runtime.system_library_path if path.startswith("/lib")), "lib64"
            ),
            "PLATFORM": machine,
        }
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def folders(self, loader: Loader) -> Iterator[str]:
        """Yield the folders, normal and absolute, in which a library is looked for that ``loader`` needs.

        DT_RPATH counts along the whole chain of loaders, DT_RUNPATH only of the one that asks; a file that has
        DT_RUNPATH has no DT_RPATH, and whoever asks with one does without the DT_RPATH of those above.
        """
        facts = loader.facts
        if facts is None or facts.runpath is None:
            above: Loader | None = loader
            while above is not None:
                if above.facts is not None and above.facts.rpath and above.facts.runpath is None:
                    yield from self.expanded(above.facts.rpath, above.path)
                above = above.loader
        yield from self._library_path
        if facts is not None and facts.runpath:
            yield from self.expanded(facts.runpath, loader.path)
        if facts is None or "no-default-libraries" not in facts.flags:
            yield from self._system

    def expanded(self, text: str, path: str) -> tuple[str, ...]:
        """Return the folders that a DT_RPATH or DT_RUNPATH of the file at ``path`` names."""
        origin = posixpath.dirname(path)
        key = (text, origin)
        if key not in self._known:
            self._known[key] = self._folders(
                tuple(self.substituted(part, origin) for part in text.split(":"))
            )
        return self._known[key]

    def substituted(self, text: str, origin: str) -> str:
        """Return a path with its dynamic string tokens replaced."""
        if "$" not in text:
            return text
        values = {**self._values, "ORIGIN": origin}
        return _TOKEN.sub(lambda match: values[match[1] or match[2]], text)

    def absolute(self, path: str) -> str:
        """Return a normal path; a relative one is relative to where the process runs."""
        # Two leading slashes stay two in normpath.
        return posixpath.normpath(posixpath.join(self._home, path)).replace("//", "/")

    def _folders(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.absolute(part) for part in parts))
