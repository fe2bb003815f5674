"""A shelf of wheels that a test fills, and resolving from it with nothing of this machine in the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from factories.sdists import write_sdist
from factories.wheels import write_wheel
from layerwright.progress import Silent
from layerwright.resolve.request import IndexOptions, Request
from layerwright.resolve.resolve import Resolution, resolve
from layerwright.targets import parse_target

AL2 = (2, 26)
AL2023 = (2, 34)


@dataclass
class Shelf:
    """A folder of wheels, and the only place where its ``resolve`` looks."""

    wheels: Path
    folder: Path
    environment: Mapping[str, str]
    trace: Path = field(init=False)

    def __post_init__(self) -> None:
        self.trace = self.folder / "backend-ran"

    def wheel(self, name: str, version: str = "1.0", *platforms: str, **rest: Any) -> Path:
        """Add a wheel for platforms such as ``manylinux_2_28_x86_64``, pure without any."""
        python = rest.pop("python", "cp311-cp311" if platforms else "py3-none")
        tags = rest.pop("tags", None) or [f"{python}-{platform}" for platform in platforms or ("any",)]
        return write_wheel(self.wheels, name, version, tags=tags, **rest)

    def sdist(self, name: str, version: str = "1.0", **rest: Any) -> Path:
        return write_sdist(self.wheels, name, version, trace=self.trace, **rest)

    def request(self, *requirements: str, **options: Any) -> Request:
        options.setdefault("indexes", IndexOptions(no_index=True, find_links=(str(self.wheels),)))
        return Request(requirements=requirements, folder=self.folder, environment=self.environment, **options)

    def resolve(
        self,
        *requirements: str,
        target: str = "python3.11-x86_64",
        glibc: tuple[int, int] = AL2,
        **options: Any,
    ) -> Resolution:
        request = self.request(*requirements, **options)
        return resolve(request, parse_target(target), glibc=glibc, progress=Silent())


def versions(resolution: Resolution) -> dict[str, str | None]:
    return {package.name: package.version for package in resolution.lock.packages}


def files(resolution: Resolution) -> list[str]:
    return [package.artifact.filename for package in resolution.lock.packages]


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture
def shelf(tmp_path: Path, uv_cache: Path) -> Shelf:
    for name in ("wheels", "project", "home"):
        (tmp_path / name).mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "USERPROFILE": str(tmp_path / "home"),
        "UV_CACHE_DIR": str(uv_cache),
        "UV_NO_CONFIG": "1",
        "UV_HTTP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
        **{name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ},
    }
    return Shelf(
        wheels=tmp_path / "wheels", folder=tmp_path / "project", environment=MappingProxyType(environment)
    )
