"""Packages without a wheel are built from their source, apart from the rest of the machine, and kept by content."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from factories.locks import lock_of, locked_file
from factories.projects import project_files, sdist_bytes, write_project
from layerwright.errors import (
    BuildError,
    IntegrityError,
    LayerwrightError,
    NetworkError,
    OfflineError,
    UsageError,
)
from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.targets import parse_target
from layerwright.wheels import backend
from layerwright.wheels.build import Alternatives, BuildOptions
from layerwright.wheels.confine import find_bubblewrap
from layerwright.wheels.fetch import fetch
from layerwright.wheels.inflate import Archive, read_member
from layerwright.wheels.source import source_digest
from layerwright.wheels.store import Store
from layerwright.wheels.wheel import Wheel

_ELF = "def extra_members():\n    return {'demo_native.so': b'\\x7fELF' + b'x' * 100}\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def _sdist(
    folder: Path, files: Mapping[str, bytes], *, kind: str = "tar.gz", top: str = "demo-1.0"
) -> LockedPackage:
    data = sdist_bytes(files, kind=kind, top=top)
    path = folder / f"demo-1.0.{kind}"
    path.write_bytes(data)
    return locked_file(data, str(path), kind=ArtifactKind.SDIST)


def _folder(path: Path, **rest: str) -> LockedPackage:
    artifact = Artifact(kind=ArtifactKind.DIRECTORY, filename="demo", location=str(path), **rest)  # type: ignore[arg-type]
    return LockedPackage(name="demo", version=None, artifact=artifact)


def _build(package: LockedPackage, store: Store, options: BuildOptions | None = None) -> Wheel:
    (wheel,) = fetch(lock_of([package]), store, build=options)
    return wheel


def _content(wheel: Wheel, name: str) -> bytes:
    member = next(member for member in wheel.members if member.name == name)
    with Archive(wheel.path, name=wheel.filename) as archive:
        return bytes(read_member(archive, member))


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_a_source_distribution_becomes_a_wheel_once(
    store: Store, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = _sdist(tmp_path, project_files(), kind=kind)
    wheel = _build(package, store)
    assert (wheel.filename, wheel.tags) == ("demo-1.0-py3-none-any.whl", ("py3-none-any",))
    assert wheel.record_problems == ()
    assert _content(wheel, "demo.py") == b"answer = 42\n"
    monkeypatch.setattr(backend, "run_backend", lambda *_: pytest.fail("it was built again"))
    assert fetch(lock_of([package]), store, offline=True) == (wheel,)


def test_the_same_source_gives_the_same_bytes_in_another_store(store: Store, tmp_path: Path) -> None:
    before = "def extra_members():\n    return {'e.txt': os.environ['SOURCE_DATE_EPOCH'].encode()}\n"
    package = _sdist(tmp_path, project_files(before=before))
    one = _build(package, store)
    assert _content(one, "e.txt") == b"315532800"
    assert _build(package, Store(tmp_path / "other")).sha256 == one.sha256


def test_a_folder_is_built_from_a_copy_and_again_when_it_changed(store: Store, tmp_path: Path) -> None:
    before = "pathlib.Path('litter').write_text('')\n"
    project = write_project(tmp_path / "project", project_files(before=before))
    (project / ".venv").mkdir()
    (project / ".venv" / "large").write_bytes(b"x")
    held = sorted(path for path in project.rglob("*"))
    first = _build(_folder(project), store)
    assert sorted(path for path in project.rglob("*")) == held
    (project / ".venv" / "large").write_bytes(b"changed, and no part of the project")
    assert _build(_folder(project), store) == first
    (project / "src" / "demo.py").write_bytes(b"answer = 43\n")
    second = _build(_folder(project), store)
    assert _content(second, "demo.py") == b"answer = 43\n"
    assert second.sha256 != first.sha256


def test_the_digest_of_a_folder_is_of_its_content_and_not_its_place(tmp_path: Path) -> None:
    one = write_project(tmp_path / "one", project_files())
    other = write_project(tmp_path / "other", project_files())
    digest = source_digest(_folder(one).artifact)
    assert source_digest(_folder(other).artifact) == digest
    (other / "src" / "demo.py").rename(other / "src" / "demo2.py")
    assert source_digest(_folder(other).artifact) != digest
    assert source_digest(_folder(one, subdirectory="src").artifact) != digest


def test_a_subdirectory_is_built(store: Store, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project" / "below", project_files()).parent
    assert _build(_folder(project, subdirectory="below"), store).name == "demo"
    with pytest.raises(BuildError, match="no folder 'none'"):
        _build(_folder(project, subdirectory="none"), store)
    with pytest.raises(BuildError, match="no folder"):
        _build(_folder(project, subdirectory="../.."), store)


def _git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _repository(location: str) -> LockedPackage:
    artifact = Artifact(kind=ArtifactKind.VCS, filename="demo", location=location)
    return LockedPackage(name="demo", version="1.0", artifact=artifact)


def test_a_repository_is_built_at_its_commit(store: Store, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", project_files())
    _git(project, "init", "--quiet")
    _git(project, "add", ".")
    _git(project, "commit", "--quiet", "-m", "one")
    commit = _git(project, "rev-parse", "HEAD")
    (project / "src" / "demo.py").write_bytes(b"answer = 43\n")
    _git(project, "commit", "--quiet", "-am", "two")
    wheel = _build(_repository(f"git+{project.as_uri()}@{commit}"), store)
    assert _content(wheel, "demo.py") == b"answer = 42\n"
    assert fetch(
        lock_of([_repository(f"git+{project.as_uri()}@{commit}#egg=demo")]), store, offline=True
    ) == (wheel,)
    with pytest.raises(NetworkError, match="git could not get 0000"):
        _build(_repository(f"git+{project.as_uri()}@{'0' * 40}"), store)
    with pytest.raises(IntegrityError, match="names no commit"):
        _build(_repository(f"git+{project.as_uri()}@main"), store)
    with pytest.raises(UsageError, match="only git"):
        _build(_repository("hg+https://example.org/x@" + "0" * 40), store)


def test_native_code_is_refused_with_what_else_there_is(store: Store, tmp_path: Path) -> None:
    package = _sdist(tmp_path, project_files(tag="cp311-cp311-linux_x86_64", before=_ELF))
    covered = (parse_target("python3.12-x86_64"), parse_target("python3.12-arm64"))

    def alternatives(asked: LockedPackage, _: object) -> Alternatives:
        assert asked is package
        return Alternatives(covered, "0.9")

    with pytest.raises(BuildError) as raised:
        _build(package, store, BuildOptions(alternatives=alternatives))
    message = str(raised.value)
    assert message.startswith("demo 1.0 has no wheel for python3.11-x86_64, and its source holds native code")
    assert raised.value.hint == (
        "the wheels of demo 1.0 cover python3.12-x86_64, python3.12-arm64; "
        "the newest version with a wheel for python3.11-x86_64 is 0.9"
    )
    with pytest.raises(BuildError) as raised:
        _build(package, store, BuildOptions(alternatives=lambda *_: Alternatives((), None)))
    assert "cover no Lambda runtime; no version has a wheel" in (raised.value.hint or "")
    named = replace(package, name="psycopg2")
    with pytest.raises(BuildError) as raised:
        _build(named, store, BuildOptions(alternatives=lambda *_: Alternatives((), None)))
    assert (raised.value.hint or "").startswith("psycopg2-binary is the same with wheels; ")


def test_a_build_that_went_without_its_native_part_is_used_under_a_true_tag(
    store: Store, tmp_path: Path
) -> None:
    wheel = _build(_sdist(tmp_path, project_files(tag="cp311-cp311-linux_x86_64")), store)
    assert wheel.filename == "demo-1.0-cp311-none-any.whl"
    assert wheel.tags == ("cp311-none-any",)
    assert wheel.record_problems == ()
    assert b"linux" not in _content(wheel, "demo-1.0.dist-info/WHEEL")


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("py37-none-any", True),
        ("py311-none-any", True),
        ("cp311-none-any", True),
        ("py312-none-any", False),
        ("cp310-none-any", False),
        ("py2-none-any", False),
        ("cp310-cp310-linux_x86_64", False),
        ("cp312-abi3-macosx_11_0_arm64", False),
    ],
)
def test_which_tags_do_for_a_target(store: Store, tmp_path: Path, tag: str, fits: bool) -> None:
    package = _sdist(tmp_path, project_files(tag=tag))
    if fits:
        assert _build(package, store).filename == f"demo-1.0-{tag}.whl"
    else:
        with pytest.raises(BuildError):
            _build(package, store)


def test_a_backend_that_fails_is_told_with_its_words(store: Store, tmp_path: Path) -> None:
    package = _sdist(
        tmp_path, project_files(before="print('a' * 10)\nraise SystemExit('the words of the backend')\n")
    )
    with pytest.raises(
        BuildError, match=r"has no wheel for .*, and building it from its source failed"
    ) as raised:
        _build(package, store)
    assert "the words of the backend" in str(raised.value)
    assert raised.value.exit_code == 6


def test_native_source_that_cannot_be_built_is_told_as_that(store: Store, tmp_path: Path) -> None:
    files = project_files(
        before="raise SystemExit(os.environ['CC'])\n", files={"src/_speed.c": b"", "tests/t.c": b""}
    )
    with pytest.raises(BuildError, match=r"holds native code \(src/_speed\.c\)") as raised:
        _build(_sdist(tmp_path, files), store)
    assert "no-compiler-for-native-code" in str(raised.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"readme": b""}, "neither pyproject.toml nor setup.py"),
        ({"pyproject.toml": b"[build-system"}, "pyproject.toml can't be read"),
        ({"pyproject.toml": b"build-system = 3"}, "pyproject.toml can't be read"),
        (project_files(files={"backend.py": b"import nowhere_to_be_found"}), "can't be imported"),
        (project_files(files={"backend.py": b""}), "no attribute 'build_wheel'"),
        (
            project_files(files={"backend.py": b"def build_wheel(*_): return 'gone.whl'"}),
            "there is no such file",
        ),
        (
            project_files(pyproject="[build-system]\nrequires=[]\nbuild-backend='b'\nbackend-path=['../..']"),
            "doesn't work",
        ),
    ],
)
def test_what_is_no_project_is_a_build_error(
    store: Store, tmp_path: Path, files: Mapping[str, bytes], message: str
) -> None:
    with pytest.raises(BuildError, match=message):
        _build(_sdist(tmp_path, files), store)


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_a_source_distribution_stays_in_its_folder(store: Store, tmp_path: Path, kind: str) -> None:
    package = _sdist(tmp_path, {"demo-1.0/../../../../evil.txt": b"evil"}, kind=kind, top="")
    with pytest.raises(LayerwrightError):
        _build(package, store)
    assert not list(tmp_path.rglob("evil.txt"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (sdist_bytes(project_files())[:200], "can't be unpacked"),
        (b"not an archive", "can't be unpacked"),
        (sdist_bytes({"a/x": b"", "b/x": b""}, top=""), "one folder at its top, found 2"),
    ],
)
def test_a_damaged_source_distribution_is_refused(
    store: Store, tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match=message):
        _build(locked_file(data, str(path), kind=ArtifactKind.SDIST), store)


def test_a_folder_that_is_not_there_is_a_usage_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        _build(_folder(tmp_path / "none"), store)


def test_offline_nothing_is_built(store: Store, tmp_path: Path) -> None:
    package = _sdist(tmp_path, project_files())
    with pytest.raises(OfflineError, match=r"demo-1\.0\.tar\.gz"):
        fetch(lock_of([package]), store, offline=True)


def test_targets_of_one_python_share_a_build(store: Store, tmp_path: Path) -> None:
    package = _sdist(tmp_path, project_files())
    (one,) = fetch(lock_of([package], "python3.11-x86_64"), store)
    assert fetch(lock_of([package], "python3.11-arm64"), store, offline=True) == (one,)


def test_two_at_once_build_once(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _sdist(tmp_path, project_files())
    real, builds = backend.run_backend, []
    monkeypatch.setattr(backend, "run_backend", lambda *words: builds.append(1) or real(*words))
    found: list[Wheel] = []
    threads = [threading.Thread(target=lambda: found.append(_build(package, store))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1
    assert found[0] == found[1] == found[2]


_PROBE = """
import json, socket

def tried(act):
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "allowed"

def extra_members():
    report = {
        "network": tried(lambda: socket.create_connection(("127.0.0.1", PORT), 2)),
        "home": sorted(os.listdir(REAL_HOME)),
        "write": tried(lambda: open(OUTSIDE, "w")),
        "write_root": tried(lambda: open("/etc/layerwright-was-here", "w")),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "variables": sorted(os.environ),
        "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
    }
    return {"report.json": json.dumps(report).encode()}
"""


@pytest.mark.sandbox
@pytest.mark.skipif(find_bubblewrap() is None, reason="needs bubblewrap")
def test_a_build_sees_nothing_of_the_machine(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    home = tmp_path / "home"
    home.mkdir()
    (home / "secrets").write_text("secret")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        names = f"PORT, REAL_HOME, OUTSIDE = {listener.getsockname()[1]}, {str(home)!r}, {str(tmp_path / 'x')!r}\n"
        wheel = _build(_sdist(tmp_path, project_files(before=names + _PROBE)), store)
    report = json.loads(_content(wheel, "report.json"))
    assert report["network"] != "allowed"
    assert "secrets" not in report["home"]
    assert report["write_root"] != "allowed"
    assert report["secret"] is None
    assert not [
        name for name in report["variables"] if name.startswith(("AWS_", "PIP_", "UV_", "LAYERWRIGHT_"))
    ]
    assert report["processes"] < 10
    assert not (tmp_path / "x").exists()
    assert not Path("/etc/layerwright-was-here").exists()


def test_without_a_sandbox_a_build_has_no_secrets_of_the_environment(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "find_bubblewrap", lambda: None)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    before = "def extra_members():\n    return {'env': repr(sorted(os.environ)).encode()}\n"
    wheel = _build(_sdist(tmp_path, project_files(before=before)), store)
    assert b"AWS_" not in _content(wheel, "env")
    assert b"SOURCE_DATE_EPOCH" in _content(wheel, "env")


def test_a_lock_may_mix_wheels_and_sources(store: Store, tmp_path: Path) -> None:
    from factories.wheels import wheel_bytes

    data = wheel_bytes("another")
    path = tmp_path / "another-1.0-py3-none-any.whl"
    path.write_bytes(data)
    packages = (locked_file(data, str(path), name="another"), _sdist(tmp_path, project_files()))
    wheels = fetch(Lock(target=parse_target("python3.11-arm64"), packages=packages), store)
    assert [wheel.name for wheel in wheels] == ["another", "demo"]
