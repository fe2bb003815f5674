"""Locks of other tools: exactly their versions and hashes, markers judged for the target."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from factories.indexes import local_index
from layerwright.errors import IntegrityError, OfflineError, UsageError
from layerwright.resolve.lock import ArtifactKind
from layerwright.resolve.request import IndexOptions
from layerwright.resolve.uv import find_uv
from resolve.conftest import Shelf, files, versions


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _pipfile(shelf: Shelf, default: dict[str, object], **meta: object) -> Path:
    path = shelf.folder / "Pipfile.lock"
    document = {
        "_meta": {"sources": [], **meta},
        "default": default,
        "develop": {"tool": {"version": "==1.0"}},
    }
    path.write_text(json.dumps(document))
    return path


def _poetry(shelf: Shelf, *packages: str, more: str = "", python: str = ">=3.9") -> Path:
    path = shelf.folder / "poetry.lock"
    path.write_text(
        "\n".join([*packages, more, f'[metadata]\nlock-version = "2.1"\npython-versions = "{python}"\n'])
    )
    return path


def _poetry_package(
    name: str, version: str, *wheels: Path, more: str = 'groups = ["main"]', tables: str = ""
) -> str:
    listed = ", ".join(f'{{file = "{wheel.name}", hash = "sha256:{_digest(wheel)}"}}' for wheel in wheels)
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\noptional = false\npython-versions = ">=3.8"\n{more}\nfiles = [{listed}]\n{tables}\n'


class TestUvLock:
    @pytest.fixture
    def lock(self, shelf: Shelf) -> Path:
        shelf.wheel("base", "1.0", "manylinux_2_17_x86_64")
        shelf.wheel("base", "1.0", "manylinux_2_24_x86_64")
        shelf.wheel("base", "1.0", "manylinux_2_17_aarch64")
        shelf.wheel("windows")
        shelf.wheel("more")
        shelf.wheel("test")
        (shelf.folder / "pyproject.toml").write_text(
            """
            [project]
            name = "mine"
            version = "1"
            requires-python = ">=3.9"
            dependencies = ["base", "windows; sys_platform == 'win32'"]
            optional-dependencies.plus = ["more"]
            [dependency-groups]
            dev = ["test"]
            """
        )
        places = ["--no-index", "--find-links", str(shelf.wheels), "--python", sys.executable]
        environment = {name: value for name, value in shelf.environment.items() if name != "UV_NO_CONFIG"}
        subprocess.run([find_uv({}), "lock", "-q", *places], cwd=shelf.folder, env=environment, check=True)
        shelf.wheel("base", "2.0", "manylinux_2_17_x86_64")
        return shelf.folder / "uv.lock"

    def test_it_is_taken_as_it_is(self, shelf: Shelf, lock: Path) -> None:
        resolution = shelf.resolve(files=(Path("uv.lock"),))
        assert files(resolution) == ["base-1.0-cp311-cp311-manylinux_2_24_x86_64.whl"]
        assert resolution.lock.packages[0].artifact.sha256 == _digest(shelf.wheels / files(resolution)[0])
        arm = shelf.resolve(files=(lock,), target="python3.11-arm64")
        assert files(arm) == ["base-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"]

    def test_extras_and_groups(self, shelf: Shelf, lock: Path) -> None:
        options = {"extras": ("plus",), "groups": ("dev",)}
        assert set(versions(shelf.resolve(files=(lock,), **options))) == {"base", "more", "test"}
        with pytest.raises(UsageError, match="nope"):
            shelf.resolve(files=(lock,), groups=("nope",))

    def test_another_python(self, shelf: Shelf, lock: Path) -> None:
        with pytest.raises(UsageError, match=r"lock for Python >=3\.9"):
            shelf.resolve(files=(lock,), target="python3.8-x86_64")

    def test_nothing_can_be_added(self, shelf: Shelf, lock: Path) -> None:
        with pytest.raises(UsageError, match="is a lock: nothing can be added to it, got more"):
            shelf.resolve("more", files=(lock,))

    def test_its_project_need_not_be_there(self, shelf: Shelf, lock: Path) -> None:
        (shelf.folder / "pyproject.toml").unlink()
        assert versions(shelf.resolve(files=(lock,))) == {"base": "1.0"}


class TestPipfileLock:
    def test_versions_hashes_and_markers(self, shelf: Shelf) -> None:
        old = shelf.wheel("demo", "1.0", "manylinux_2_24_x86_64")
        unlocked = shelf.wheel("demo", "1.0", "manylinux_2_26_x86_64")
        shelf.wheel("demo", "2.0")
        shelf.wheel("windows")
        shelf.wheel("tool")
        lock = _pipfile(
            shelf,
            {
                "Demo": {"version": "==1.0", "hashes": [f"sha256:{_digest(old)}", "sha256:" + "0" * 64]},
                "windows": {"version": "==1.0", "markers": "sys_platform == 'win32'"},
                "ancient": {"version": "==1.0", "python_version": "< '3.0'"},
            },
        )
        resolution = shelf.resolve(files=(lock,))
        assert files(resolution) == [old.name]
        assert unlocked.name not in files(resolution)
        assert set(versions(shelf.resolve(files=(lock,), groups=("dev",)))) == {"demo", "tool"}
        with pytest.raises(UsageError, match="no category 'docs'; it has default, develop"):
            shelf.resolve(files=(lock,), groups=("docs",))

    def test_a_file_that_was_not_locked_is_refused(self, shelf: Shelf) -> None:
        shelf.wheel("demo")
        lock = _pipfile(shelf, {"demo": {"version": "==1.0", "hashes": ["sha256:" + "0" * 64]}})
        with pytest.raises(IntegrityError, match=f"demo 1.0: no file .*expected {'0' * 64}"):
            shelf.resolve(files=(lock,))

    def test_its_sources_are_asked(self, shelf: Shelf, tmp_path: Path) -> None:
        wheel = shelf.wheel("demo")
        with local_index(shelf.wheels, login="me:secret") as index:
            source = {"name": "ours", "url": index.url_with("${WHO}:secret"), "verify_ssl": True}
            lock = _pipfile(shelf, {"demo": {"version": "==1.0", "index": "ours"}}, sources=[source])
            shelf.environment = {**shelf.environment, "WHO": "me"}
            nowhere = IndexOptions(default_index=(tmp_path / "wheels").as_uri())
            resolution = shelf.resolve(files=(lock,), indexes=nowhere)
            location = resolution.lock.packages[0].artifact.location
            assert location == f"http://127.0.0.1:{index.port}/files/{wheel.name}"
            assert resolution.settings.credentials_for(location) == ("me", "secret")

    def test_repositories_folders_and_files(self, shelf: Shelf) -> None:
        wheel = shelf.wheel("packed")
        (shelf.folder / "folder").mkdir()
        lock = _pipfile(
            shelf,
            {
                "repo": {"git": "https://me:secret@e.org/r.git", "ref": "1" * 40, "subdirectory": "py"},
                "folder": {"path": "./folder", "editable": True},
                "packed": {"file": wheel.as_uri(), "hashes": [f"sha256:{_digest(wheel)}"]},
            },
        )
        found = {package.name: package.artifact for package in shelf.resolve(files=(lock,)).lock.packages}
        assert (found["repo"].kind, found["repo"].location) == (
            ArtifactKind.VCS,
            f"git+https://e.org/r.git@{'1' * 40}",
        )
        assert (found["folder"].kind, found["folder"].location) == (
            ArtifactKind.DIRECTORY,
            str(shelf.folder / "folder"),
        )
        assert (found["packed"].kind, found["packed"].sha256) == (ArtifactKind.WHEEL, _digest(wheel))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{", "is not JSON"),
            ("{}", "is not a Pipfile.lock"),
            ('{"default": {"demo": {"version": "1.0"}}}', r"default\.demo\.version: expected '=='"),
            ('{"default": {"demo": 1}}', r"default\.demo: expected an object"),
            ('{"_meta": {"requires": {"python_version": "3.12"}}, "default": {}}', r"lock for Python 3\.12"),
        ],
    )
    def test_what_is_none(self, shelf: Shelf, content: str, message: str) -> None:
        (shelf.folder / "Pipfile.lock").write_text(content)
        with pytest.raises(UsageError, match=message):
            shelf.resolve(files=(Path("Pipfile.lock"),))


class TestPoetryLock:
    def test_groups_markers_and_hashes_of_a_lock_of_poetry_2(self, shelf: Shelf) -> None:
        wheels = {name: shelf.wheel(name) for name in ("demo", "tool", "windows", "extra")}
        lock = _poetry(
            shelf,
            _poetry_package("demo", "1.0", wheels["demo"]),
            _poetry_package("tool", "1.0", wheels["tool"], more='groups = ["dev"]'),
            _poetry_package(
                "windows",
                "1.0",
                wheels["windows"],
                more='groups = ["main"]\nmarkers = "sys_platform == \'win32\'"',
            ),
            _poetry_package(
                "extra", "1.0", wheels["extra"], more='groups = ["main"]\nmarkers = "extra == \'plus\'"'
            ),
            more='[extras]\nplus = ["extra"]\n',
        )
        shelf.wheel("demo", "2.0")
        assert versions(shelf.resolve(files=(lock,))) == {"demo": "1.0"}
        assert set(versions(shelf.resolve(files=(lock,), groups=("dev",), extras=("plus",)))) == {
            "demo",
            "extra",
            "tool",
        }
        with pytest.raises(UsageError, match="has no extra 'nope'; it has plus"):
            shelf.resolve(files=(lock,), extras=("nope",))

    def test_markers_by_group(self, shelf: Shelf) -> None:
        more = 'groups = ["main", "dev"]\nmarkers = {main = "python_version < \'3.9\'", dev = "python_version > \'3.9\'"}'
        demo, base = shelf.wheel("demo"), shelf.wheel("base")
        lock = _poetry(
            shelf, _poetry_package("demo", "1.0", demo, more=more), _poetry_package("base", "1.0", base)
        )
        assert set(versions(shelf.resolve(files=(lock,)))) == {"base"}
        assert set(versions(shelf.resolve(files=(lock,), groups=("dev",)))) == {"base", "demo"}

    def test_an_older_lock_is_followed_from_its_project(self, shelf: Shelf) -> None:
        wheels = {
            name: shelf.wheel(name)
            for name in ("demo", "child", "socks", "windows", "tool", "unused", "alone")
        }
        two = [shelf.wheel("forked", version) for version in ("1.0", "2.0")]
        (shelf.folder / "pyproject.toml").write_text(
            """
            [tool.poetry.dependencies]
            python = "^3.9"
            demo = { version = "^1.0", extras = ["proxy"] }
            alone = { version = "*", optional = true }
            forked = [{ version = "^1.0", python = "<3.10" }, { version = "^2.0", python = ">=3.10" }]
            [tool.poetry.group.dev.dependencies]
            tool = "*"
            [tool.poetry.extras]
            plus = ["alone"]
            """
        )
        tables = """
        [package.dependencies]
        child = ">=1.0"
        socks = {version = "*", optional = true}
        unused = {version = "*", optional = true}
        windows = {version = "*", markers = "sys_platform == 'win32'"}
        [package.extras]
        proxy = ["socks (>=1)"]
        other = ["unused"]
        """
        packages = [
            _poetry_package(name, "1.0", wheel, more="", tables=tables if name == "demo" else "")
            for name, wheel in wheels.items()
        ]
        packages += [_poetry_package("forked", f"{at + 1}.0", wheel, more="") for at, wheel in enumerate(two)]
        lock = _poetry(shelf, *packages, more='[extras]\nplus = ["alone"]\n')
        expected = {"demo": "1.0", "child": "1.0", "socks": "1.0", "forked": "2.0"}
        assert versions(shelf.resolve(files=(lock,))) == expected
        assert versions(shelf.resolve(files=(lock,), target="python3.9-x86_64"))["forked"] == "1.0"
        more = versions(shelf.resolve(files=(lock,), groups=("dev",), extras=("plus",)))
        assert set(more) == {*expected, "tool", "alone"}

    def test_sources(self, shelf: Shelf) -> None:
        wheel = shelf.wheel("packed")
        source = (
            '[package.source]\ntype = "{}"\nurl = "{}"\nreference = "main"\nresolved_reference = "'
            + "1" * 40
            + '"\n'
        )
        lock = _poetry(
            shelf,
            _poetry_package("repo", "1.0", tables=source.format("git", "https://e.org/r.git")),
            _poetry_package("folder", "1.0", tables=source.format("directory", "folder")),
            _poetry_package("packed", "1.0", wheel, tables=source.format("file", str(wheel))),
            _poetry_package("far", "1.0", wheel, tables=source.format("url", "https://e.org/far-1.0.tar.gz")),
        )
        found = {package.name: package.artifact for package in shelf.resolve(files=(lock,)).lock.packages}
        assert found["repo"].location == f"git+https://e.org/r.git@{'1' * 40}"
        assert (found["folder"].kind, found["folder"].location) == (
            ArtifactKind.DIRECTORY,
            str(shelf.folder / "folder"),
        )
        assert (found["packed"].kind, found["packed"].location) == (ArtifactKind.WHEEL, str(wheel))
        assert (found["far"].kind, found["far"].sha256) == (ArtifactKind.SDIST, _digest(wheel))

    def test_another_python_and_what_is_none(self, shelf: Shelf) -> None:
        _poetry(shelf, python=">=3.12,<4.0")
        with pytest.raises(UsageError, match=r"lock for Python >=3\.12"):
            shelf.resolve(files=(Path("poetry.lock"),))
        (shelf.folder / "poetry.lock").write_text("a = 1")
        with pytest.raises(UsageError, match=r"is not a poetry\.lock"):
            shelf.resolve(files=(Path("poetry.lock"),))


def test_a_pylock_among_the_files(shelf: Shelf) -> None:
    from layerwright.resolve.pylock import write_lock

    shelf.wheel("demo")
    lock = shelf.resolve("demo").lock
    (shelf.folder / "pylock.layer.toml").write_bytes(write_lock(lock, folder=shelf.folder))
    shelf.wheel("demo", "2.0")
    assert shelf.resolve(files=(Path("pylock.layer.toml"),)).lock == lock


def test_offline_an_index_that_was_never_asked(shelf: Shelf) -> None:
    lock = _pipfile(shelf, {"demo": {"version": "==1.0"}})
    with local_index(shelf.wheels) as index, pytest.raises(OfflineError, match="demo"):
        shelf.resolve(files=(lock,), offline=True, indexes=IndexOptions(default_index=index.url))
    assert not index.asked
