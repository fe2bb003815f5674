"""Wheels and source distributions as an index has them."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest
import uv

from factories.locks import lock_of
from layerwright.errors import BuildError
from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.wheels.binary_facts import BINARY_FACTS, binary_facts
from layerwright.wheels.fetch import fetch
from layerwright.wheels.store import Store

pytestmark = pytest.mark.network


def _lock(folder: Path, *requirements: str, arguments: tuple[str, ...] = ()) -> Lock:
    """What uv resolves these requirements to, for Python 3.11 on x86_64."""
    file = folder / "pylock.toml"
    platform = ["--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_17"]
    command = [uv.find_uv_bin(), "pip", "compile", "-q", "--format", "pylock.toml", *platform, *arguments]
    subprocess.run(
        [*command, "-", "-o", str(file)],
        input="\n".join(requirements),
        text=True,
        check=True,
        capture_output=True,
    )
    packages = []
    for package in tomllib.loads(file.read_text())["packages"]:
        kind = ArtifactKind.WHEEL if "wheels" in package else ArtifactKind.SDIST
        found = package["wheels"][0] if "wheels" in package else package["sdist"]
        artifact = Artifact(
            kind=kind,
            filename=found["url"].rpartition("/")[2],
            location=found["url"],
            sha256=found["hashes"]["sha256"],
            size_bytes=found.get("size"),
        )
        packages.append(LockedPackage(name=package["name"], version=package["version"], artifact=artifact))
    return lock_of(packages)


def test_real_wheels_are_read_as_zipfile_reads_them(tmp_path: Path) -> None:
    lock = _lock(
        tmp_path, "psycopg2-binary==2.9.9", "requests==2.31.0", "tzdata", arguments=("--only-binary", ":all:")
    )
    store = Store(tmp_path / "store")
    wheels = fetch(lock, store, reader=BINARY_FACTS)
    assert {wheel.name for wheel in wheels} >= {"psycopg2-binary", "requests", "tzdata", "urllib3"}
    for wheel in wheels:
        assert wheel.record_problems == ()
        with zipfile.ZipFile(wheel.path) as archive:
            infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        assert [member.name for member in wheel.members] == list(infos)
        for member in wheel.members:
            info = infos[member.name]
            assert (member.size_bytes, member.crc32) == (info.file_size, info.CRC)
    native = next(wheel for wheel in wheels if wheel.name == "psycopg2-binary")
    assert not native.root_is_purelib
    assert any(name.startswith("psycopg2_binary.libs/libpq") for name in binary_facts(store, native))
    assert fetch(lock, store, offline=True) == wheels


def test_a_pure_source_distribution_is_built(tmp_path: Path) -> None:
    lock = _lock(tmp_path, "docopt==0.6.2")
    assert lock.packages[0].artifact.kind is ArtifactKind.SDIST
    store = Store(tmp_path / "store")
    (wheel,) = fetch(lock, store)
    assert (wheel.name, wheel.version) == ("docopt", "0.6.2")
    assert "py3-none-any" in wheel.tags
    again = fetch(lock, Store(tmp_path / "other"))
    assert again[0].sha256 == wheel.sha256


def test_a_native_source_distribution_is_refused(tmp_path: Path) -> None:
    lock = _lock(tmp_path, "psycopg2==2.9.9", arguments=("--no-binary", "psycopg2"))
    with pytest.raises(
        BuildError, match=r"psycopg2 2\.9\.9 has no wheel .* native code \(psycopg/"
    ) as raised:
        fetch(lock, Store(tmp_path / "store"))
    assert raised.value.hint


def test_a_warm_fetch_is_quick(tmp_path: Path) -> None:
    lock = _lock(tmp_path, "numpy==2.2.6", arguments=("--only-binary", ":all:"))
    store = Store(tmp_path / "store")
    fetch(lock, store, reader=BINARY_FACTS)
    begun = time.perf_counter()
    fetch(lock, store, reader=BINARY_FACTS)
    assert time.perf_counter() - begun < 0.1, sys.version
