from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwright.errors import UsageError
from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.resolve.pylock import read_lock, write_lock
from layerwright.targets import parse_target

AL2 = (2, 26)
X86 = parse_target("python3.11-x86_64")
ARM = parse_target("python3.11-arm64")
DIGEST = "ab" * 32
WHEEL = "demo-1.0-py3-none-any.whl"


def _lock(*artifacts: Artifact) -> Lock:
    packages = [LockedPackage(name=f"p{at}", version="1.0", artifact=one) for at, one in enumerate(artifacts)]
    return Lock(target=X86, packages=tuple(packages))


def _document(packages: str, head: str = "") -> bytes:
    return f'lock-version = "1.0"\ncreated-by = "a test"\n{head}\n{packages}'.encode()


def _package(name: str = "demo", more: str = "", *files: str) -> str:
    wheels = ", ".join(
        f'{{url = "https://e.org/{file}", hashes = {{sha256 = "{DIGEST}"}}}}' for file in files
    )
    return f'[[packages]]\nname = "{name}"\nversion = "1.0"\nwheels = [{wheels}]\n{more}\n'


_hex = st.text(alphabet="0123456789abcdef", min_size=64, max_size=64)
_words = st.from_regex(
    r"[a-z]([a-z0-9 '\"\\\[\]{}=#,\u00e9\u2603\U0001f40d~%\x7f]{0,8}[a-z0-9])?", fullmatch=True
)
_files = st.builds(
    Artifact,
    kind=st.just(ArtifactKind.WHEEL),
    filename=_words.map(lambda text: f"{text}-1.0-py3-none-any.whl"),
    location=_words.map(lambda text: f"https://example.org/{text}/file.whl"),
    sha256=_hex,
    size_bytes=st.none() | st.integers(0, 2**40),
)
_sdists = st.builds(
    Artifact,
    kind=st.just(ArtifactKind.SDIST),
    filename=st.just("demo-1.0.tar.gz"),
    location=_words.map(lambda text: f"/folder/{text}/demo-1.0.tar.gz"),
    sha256=_hex,
)
_folders = st.builds(
    Artifact,
    kind=st.just(ArtifactKind.DIRECTORY),
    filename=st.just("p"),
    location=_words.map(lambda text: f"/folder/{text}"),
    subdirectory=st.none() | st.just("a/b"),
)
_repositories = st.builds(
    Artifact,
    kind=st.just(ArtifactKind.VCS),
    filename=st.just("p"),
    location=_hex.map(lambda commit: f"git+https://example.org/a/b@{commit[:40]}"),
    subdirectory=st.none() | st.just("python"),
)


@given(st.lists(_files | _sdists | _folders | _repositories, max_size=6))
def test_what_is_written_is_read(artifacts: list[Artifact]) -> None:
    lock = _lock(*artifacts)
    again = read_lock(write_lock(lock), X86, glibc=AL2)
    for before, after in zip(lock.packages, again.packages, strict=True):
        assert after.name == before.name
        # The name of what is neither a wheel nor a source distribution is the package's.
        named = {ArtifactKind.DIRECTORY, ArtifactKind.VCS}
        assert after.artifact == before.artifact if before.artifact.kind not in named else True
        assert after.artifact.location == before.artifact.location
        assert after.artifact.subdirectory == before.artifact.subdirectory
    assert write_lock(again) == write_lock(lock)


def test_a_lock_is_what_pep_751_asks_for() -> None:
    artifact = Artifact(
        kind=ArtifactKind.WHEEL, filename=WHEEL, location=f"https://e.org/{WHEEL}", sha256=DIGEST
    )
    document = tomllib.loads(write_lock(_lock(artifact)).decode())
    assert document["lock-version"] == "1.0"
    assert document["created-by"] == "layerwright"
    assert document["requires-python"] == "==3.11.*"
    assert document["tool"]["layerwright"]["target"] == "python3.11-x86_64"
    expected = {"name": WHEEL, "url": f"https://e.org/{WHEEL}", "hashes": {"sha256": DIGEST}}
    assert document["packages"] == [{"name": "p0", "version": "1.0", "wheels": [expected]}]
    assert tomllib.loads(write_lock(_lock()).decode())["packages"] == []


def test_uv_installs_from_our_lock(tmp_path: Path, shelf) -> None:  # type: ignore[no-untyped-def]
    from layerwright.resolve.uv import find_uv

    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    lock = tmp_path / "pylock.toml"
    lock.write_bytes(write_lock(shelf.resolve("demo").lock, folder=tmp_path))
    words = [
        "pip",
        "install",
        "--offline",
        "--target",
        str(tmp_path / "there"),
        "-r",
        str(lock),
        "--python",
        sys.executable,
    ]
    platform = ["--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_17"]
    subprocess.run(
        [find_uv({}), *words, *platform], check=True, env=dict(shelf.environment), capture_output=True
    )
    assert (tmp_path / "there" / "demo.py").is_file()


def test_paths_are_written_as_seen_from_the_locks_folder(tmp_path: Path) -> None:
    wheel = tmp_path / "wheels" / WHEEL
    wheel.parent.mkdir()
    wheel.write_bytes(b"x")
    artifact = Artifact(kind=ArtifactKind.WHEEL, filename=WHEEL, location=str(wheel), sha256=DIGEST)
    content = write_lock(_lock(artifact), folder=tmp_path)
    assert f'path = "wheels/{WHEEL}"' in content.decode()
    assert str(tmp_path) not in content.decode()
    (tmp_path / "pylock.toml").write_bytes(content)
    assert read_lock(tmp_path / "pylock.toml", X86, glibc=AL2) == _lock(artifact)


def test_no_credential_is_written_or_read() -> None:
    artifacts = [
        Artifact(
            kind=ArtifactKind.WHEEL,
            filename=WHEEL,
            location=f"https://me:secret@e.org/{WHEEL}",
            sha256=DIGEST,
        ),
        Artifact(kind=ArtifactKind.VCS, filename="p", location=f"git+https://token@e.org/a@{'0' * 40}"),
        Artifact(kind=ArtifactKind.VCS, filename="p", location=f"git+ssh://git:secret@e.org/a@{'0' * 40}"),
    ]
    content = write_lock(_lock(*artifacts)).decode()
    assert "secret" not in content
    assert "token" not in content
    assert "git@e.org" in content
    package = _package("demo", "", WHEEL).replace("https://", "https://me:secret@")
    assert "secret" not in read_lock(_document(package), X86, glibc=AL2).packages[0].artifact.location


def test_of_many_artifacts_the_best_is_chosen() -> None:
    names = [
        f"demo-1.0-cp311-cp311-manylinux_2_{minor}_{arch}.whl"
        for minor in (17, 24, 28)
        for arch in ("x86_64", "aarch64")
    ]
    document = _document(_package("demo", "", *names, "demo-1.0-cp311-cp311-win_amd64.whl"))
    assert read_lock(document, X86, glibc=AL2).packages[0].artifact.filename == names[2]
    assert read_lock(document, ARM, glibc=(2, 34)).packages[0].artifact.filename == names[5]


def test_a_source_is_taken_where_no_wheel_fits() -> None:
    sdist = f'sdist = {{url = "https://e.org/demo-1.0.tar.gz", hashes = {{sha256 = "{DIGEST}"}}}}'
    document = _document(_package("demo", sdist, "demo-1.0-cp311-cp311-win_amd64.whl"))
    assert read_lock(document, X86, glibc=AL2).packages[0].artifact.kind is ArtifactKind.SDIST


def test_markers_extras_and_groups_of_a_lock() -> None:
    head = 'extras = ["plus"]\ndependency-groups = ["dev", "usual"]\ndefault-groups = ["usual"]'
    parts = {
        "always": "",
        "win": "marker = \"sys_platform == 'win32'\"",
        "plus": "marker = \"'plus' in extras\"",
        "dev": "marker = \"'dev' in dependency_groups\"",
        "usual": "marker = \"'usual' in dependency_groups\"",
    }
    content = _document("".join(_package(name, more, WHEEL) for name, more in parts.items()), head)

    def names(**options: frozenset[str]) -> list[str]:
        return [package.name for package in read_lock(content, X86, glibc=AL2, **options).packages]

    assert names() == ["always", "usual"]
    assert names(extras=frozenset({"plus"})) == ["always", "plus", "usual"]
    assert names(groups=frozenset({"dev"})) == ["always", "dev"]


def test_the_one_of_two_versions_whose_marker_holds_is_taken() -> None:
    old = _package("demo", "marker = \"python_version < '3.11'\"", "demo-1.0-py3-none-any.whl")
    new = _package("demo", "marker = \"python_version >= '3.11'\"", "demo-2.0-py3-none-any.whl")
    assert (
        read_lock(_document(old + new), X86, glibc=AL2).packages[0].artifact.filename.startswith("demo-2.0")
    )
    with pytest.raises(UsageError, match=r"demo is there twice for python3\.11-x86_64"):
        read_lock(_document(_package("demo", "", WHEEL) * 2), X86, glibc=AL2)


def test_direct_artifacts(tmp_path: Path) -> None:
    content = f"""
    [[packages]]
    name = "repo"
    vcs = {{type = "git", url = "https://e.org/r.git", commit-id = "{"1" * 40}", subdirectory = "py"}}
    [[packages]]
    name = "folder"
    directory = {{path = "here", editable = true}}
    [[packages]]
    name = "packed"
    version = "1"
    archive = {{url = "https://e.org/packed-1.zip", hashes = {{sha256 = "{DIGEST}"}}}}
    """
    packages = {
        package.name: package.artifact
        for package in read_lock(_document(content), X86, glibc=AL2, base=tmp_path).packages
    }
    assert packages["repo"].location == f"git+https://e.org/r.git@{'1' * 40}"
    assert packages["repo"].subdirectory == "py"
    assert packages["folder"].location == str(tmp_path / "here")
    assert (packages["packed"].kind, packages["packed"].filename) == (ArtifactKind.SDIST, "packed-1.zip")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "not a TOML file"),
        (b"a = [", "not a TOML file"),
        (b"a = 1", "expected a pylock.toml with lock-version 1.0, got no lock-version"),
        (b'lock-version = "2.0"', "lock-version '2.0'"),
        (_document("[[packages]]\nversion = '1'"), re.escape("packages[0].name: missing")),
        (_document("[[packages]]\nname = 3"), re.escape("packages[0].name: expected a string, got 3")),
        (
            _document(_package().replace("[]", '[{url = "https://e.org/a.whl"}]')),
            re.escape("wheels[0].hashes: expected a sha256"),
        ),
        (_document(_package().replace("[]", "[{}]")), re.escape("wheels[0]: has neither url nor path")),
        (
            _document("[[packages]]\nname='a'\nvcs={type='git',url='https://e.org'}"),
            re.escape("vcs.commit-id: missing"),
        ),
        (_document(_package("demo", "", WHEEL), 'requires-python = ">=3.12"'), "lock for Python >=3.12"),
        (
            _document(_package("demo", "", WHEEL), "environments = [\"sys_platform == 'win32'\"]"),
            "lock for another environment",
        ),
        (
            _document(_package("demo", "", "demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl")),
            "has no wheel for",
        ),
        (_document(_package("demo", "marker = 'nonsense'", WHEEL)), "not an environment marker"),
    ],
)
def test_what_is_no_lock_for_this_target(content: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_lock(content, X86, glibc=AL2)


def test_a_lock_of_ours_for_another_target(tmp_path: Path) -> None:
    path = tmp_path / "pylock.toml"
    path.write_bytes(write_lock(_lock()))
    with pytest.raises(UsageError, match=r"is a lock for python3\.11-x86_64, not for python3\.11-arm64"):
        read_lock(path, ARM, glibc=AL2)
    with pytest.raises(UsageError, match="can't read"):
        read_lock(tmp_path / "missing.toml", ARM, glibc=AL2)


def test_reading_a_lock_imports_nothing_heavy(tmp_path: Path) -> None:
    artifact = Artifact(
        kind=ArtifactKind.WHEEL, filename=WHEEL, location=f"https://e.org/{WHEEL}", sha256=DIGEST
    )
    (tmp_path / "pylock.toml").write_bytes(write_lock(_lock(artifact)))
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from layerwright.resolve.pylock import read_lock\nfrom layerwright.targets.target import parse_target\n"
        f"read_lock(Path({str(tmp_path / 'pylock.toml')!r}), parse_target('python3.11-x86_64'), glibc=(2, 26))\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'packaging', 'subprocess', 'json', 'urllib3', 'uv'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
