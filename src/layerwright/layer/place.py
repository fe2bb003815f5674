"""Where the members of a wheel go in a layer: as an installer would place them, for Lambda's folders.

Lambda puts ``/opt/python`` and ``/opt/python/lib/python3.X/site-packages`` on sys.path, ``/opt/bin`` on PATH and ``/opt/lib`` on
LD_LIBRARY_PATH (Lambda Developer Guide, "Packaging your layer content").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCRIPTS_FOLDER: Final = "bin"


class Layout(StrEnum):
    """Which of the two folders that Lambda searches the packages go into."""

    FLAT = "flat"
    """``python/``: the same for every runtime."""
    VERSIONED = "versioned"
    """``python/lib/python3.X/site-packages``: seen by that runtime alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The folders of one layer.

    ``interpreter`` is what stands in the first line of scripts.
    """

    packages: str
    headers: str
    interpreter: str


def scheme_for(layout: Layout, *, python: tuple[int, int], interpreter: str) -> Scheme:
    """Return the folders for a layout and a minor version."""
    version = f"python{python[0]}.{python[1]}"
    packages = "python" if layout is Layout.FLAT else f"python/lib/{version}/site-packages"
    return Scheme(packages=packages, headers=f"include/{version}", interpreter=interpreter)


def place(member: str, *, data_folder: str, project: str, scheme: Scheme) -> str | None:
    """Return the path in the layer of a wheel's member, None where it is not to be installed.

    ``data_folder`` is the wheel's ``NAME-VERSION.data``. Bytecode and folder entries are not installed: bytecode
    from elsewhere is either useless to the runtime or a second truth beside its source.

    >>> scheme = scheme_for(Layout.FLAT, python=(3, 11), interpreter="/var/lang/bin/python3.11")
    >>> place("six.py", data_folder="six-1.17.0.data", project="six", scheme=scheme)
    'python/six.py'
    >>> place("a-1.data/scripts/tool", data_folder="a-1.data", project="a", scheme=scheme)
    'bin/tool'
    """
    if member.endswith(("/", ".pyc", ".pyo")):
        return None
    if not member.startswith(f"{data_folder}/"):
        return f"{scheme.packages}/{member}"
    part, _, rest = member[len(data_folder) + 1 :].partition("/")
    folders = {
        "purelib": f"{scheme.packages}/",
        "platlib": f"{scheme.packages}/",
        "scripts": f"{SCRIPTS_FOLDER}/",
        "headers": f"{scheme.headers}/{project}/",
        "data": "",
    }
    return folders[part] + rest if rest and part in folders else None
