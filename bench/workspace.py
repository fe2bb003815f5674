"""The folder that a bench works in: requirements, locks, warm stores and caches, and cold ones that are made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.cases import BenchSet
from bench.measure import BenchError
from layerwright.wheels.store import Store

_BIN: Final = Path(sys.executable).parent
LAYERWRIGHT: Final = str(_BIN / "layerwright")
UV: Final = str(_BIN / "uv")
# What is installed has its bytecode; a checkout has it from its first run, unless that is forbidden. uv reads none of pip's
# settings, and all are to ask the same index.
_LEFT_OUT: Final = frozenset(
    {
        "LAYERWRIGHT_TARGET",
        "PYTHONDONTWRITEBYTECODE",
        "PIP_FIND_LINKS",
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel of a lock: what it is called, and where it stands in the store."""

    filename: str
    path: Path


class Workspace:
    """A folder with a place for each set; the warm store and uv's warm cache are filled by ``prepare``."""

    def __init__(self, folder: Path) -> None:
        """Use a folder that exists."""
        self.folder = folder.resolve()
        self.store = self.folder / "warm" / "layerwright"

    def place(self, case: BenchSet) -> Path:
        """Return the folder of a set, which exists."""
        path = self.folder / case.name
        path.mkdir(exist_ok=True)
        return path

    def scratch(self, case: BenchSet, name: str) -> Path:
        """Return a folder for one command of a set, which exists."""
        path = self.place(case) / name
        path.mkdir(exist_ok=True)
        return path

    def requirements(self, case: BenchSet) -> Path:
        """Return the set's requirements file."""
        return self.place(case) / "requirements.txt"

    def pins(self, case: BenchSet) -> Path:
        """Return a requirements file with what the lock of the first target holds."""
        return self.place(case) / "pins.txt"

    def links(self, case: BenchSet) -> Path:
        """Return a requirements file with the URLs and hashes that the lock of the first target holds.

        uv takes no pylock.toml for another Python than the one that runs; this is as good as one to it.
        """
        return self.place(case) / "links.txt"

    def lock(self, case: BenchSet, target: str) -> Path:
        """Return the set's lock for a target."""
        return self.place(case) / "locks" / f"{target}.toml"

    def foreign_zip(self, case: BenchSet) -> Path:
        """Return where a zip of the set is that another tool made."""
        return self.place(case) / "foreign.zip"

    def environment(self, caches: Path | None = None) -> Mapping[str, str]:
        """Return the environment of a command with its caches in a folder; the warm ones where none is given."""
        root = caches or self.folder / "warm"
        places = {
            "LAYERWRIGHT_CACHE": "layerwright",
            "UV_CACHE_DIR": "uv",
            "PIP_CACHE_DIR": "pip",
            "PEX_ROOT": "pex",
        }
        return {
            **{key: value for key, value in os.environ.items() if key not in _LEFT_OUT},
            **{variable: str(root / name) for variable, name in places.items()},
            "PIP_CONFIG_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
        }

    def wheels(self, case: BenchSet) -> tuple[Wheel, ...]:
        """Return the wheels of all locks of a set in order, one that stands in several as often; they are in the store."""
        store = Store(self.store)
        found = []
        for target in case.targets:
            document = tomllib.loads(self.lock(case, target).read_text(encoding="utf-8"))
            for package in document["packages"]:
                for wheel in package["wheels"]:
                    path = store.path(wheel["hashes"]["sha256"])
                    if path is None:
                        raise BenchError(f"the store has no {wheel['name']}")
                    found.append(Wheel(filename=wheel["name"], path=path))
        return tuple(found)

    def prepare(self, case: BenchSet) -> None:
        """The set has its requirements, a lock for each target, its wheels in the warm store, and a first build."""
        place = self.place(case)
        self.requirements(case).write_text(
            "".join(f"{line}\n" for line in case.requirements), encoding="utf-8"
        )
        (place / "locks").mkdir(exist_ok=True)
        for target in case.targets:
            lock = self.lock(case, target)
            if not lock.is_file():
                words = ["lock", "-r", str(self.requirements(case)), "--target", target, "-o", str(lock)]
                self._layerwright(words, place)
        names = ", ".join(f'"{target}"' for target in case.targets)
        (place / "layerwright.toml").write_text(
            f'name = "{case.name}"\nfiles = ["requirements.txt"]\ntargets = [{names}]\n'
            'lock = "locks/{target}.toml"\noutput = "built/{target}.zip"\n',
            encoding="utf-8",
        )
        self._layerwright(["build", "--allow-findings"], place)
        pinned = tomllib.loads(self.lock(case, case.target).read_text(encoding="utf-8"))["packages"]
        pins = [f"{package['name']}=={package['version']}\n" for package in pinned]
        self.pins(case).write_text("".join(pins), encoding="utf-8")
        links = [_link(package["name"], package["wheels"][0]) for package in pinned]
        self.links(case).write_text("".join(links), encoding="utf-8")

    def _layerwright(self, words: list[str], folder: Path) -> None:
        run = subprocess.run(
            [LAYERWRIGHT, *words],
            cwd=folder,
            env=dict(self.environment()),
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise BenchError(f"layerwright {' '.join(words)}: exit {run.returncode}\n{run.stderr.strip()}")


def _link(name: str, wheel: Mapping[str, Any]) -> str:
    place = wheel["url"] if "url" in wheel else Path(wheel["path"]).as_uri()
    return f"{name} @ {place}#sha256={wheel['hashes']['sha256']}\n"


def emptied(*paths: Path) -> Callable[[], None]:
    """Return what makes folders empty, and files gone."""

    def empty() -> None:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
                path.mkdir()
            else:
                path.unlink(missing_ok=True)

    return empty
