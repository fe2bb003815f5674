from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from factories.indexes import local_index
from factories.sdists import write_project
from layerwright.errors import (
    BuildError,
    IntegrityError,
    LayerwrightError,
    NetworkError,
    NoSolutionError,
    OfflineError,
    UsageError,
)
from layerwright.resolve.lock import ArtifactKind
from layerwright.resolve.request import IndexOptions
from resolve.conftest import AL2023, Shelf, files, versions


def test_the_newest_version_with_a_fitting_wheel_is_taken_and_said(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "1.1", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
    shelf.wheel("demo", "1.2", "manylinux_2_28_x86_64")
    shelf.wheel("demo", "1.3", "manylinux_2_28_x86_64")
    resolution = shelf.resolve("demo")
    assert versions(resolution) == {"demo": "1.1"}
    assert [str(note) for note in resolution.notes] == [
        "took demo 1.1, not 1.3: the newest has no wheel for python3.11-x86_64 (only manylinux_2_28)"
    ]


@pytest.mark.parametrize(
    ("platforms", "python", "reason"),
    [
        (["manylinux_2_17_x86_64"], "cp312-cp312", "only for cp312"),
        (["macosx_11_0_arm64", "win_amd64"], "cp311-cp311", "only for Windows, macOS"),
        (["musllinux_1_2_x86_64"], "cp311-cp311", "only for musl"),
        (["manylinux_2_17_x86_64"], "cp39-cp39", "only for cp39"),
        (["manylinux_2_17_aarch64"], "cp311-cp311", "only for aarch64"),
    ],
)
def test_a_note_says_what_the_newest_has(
    shelf: Shelf, platforms: list[str], python: str, reason: str
) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "2.0", *platforms, python=python)
    notes = shelf.resolve("demo").notes
    assert [getattr(note, "reason", None) for note in notes] == [reason]


def test_a_newest_version_with_only_a_source_distribution_is_passed_over(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0")
    shelf.sdist("demo", "2.0")
    resolution = shelf.resolve("demo")
    assert versions(resolution) == {"demo": "1.0"}
    assert "(only a source distribution)" in str(resolution.notes[0])
    assert not shelf.trace.exists()


def test_no_note_where_the_request_itself_wants_the_older(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    assert not shelf.resolve("demo<2").notes


@pytest.mark.parametrize("tag", ["manylinux_2_24_x86_64", "manylinux_2_26_x86_64"])
def test_a_wheel_between_the_versions_that_uv_knows_is_found(shelf: Shelf, tag: str) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "1.1", tag)
    shelf.wheel("demo", "1.2", "manylinux_2_28_x86_64")
    resolution = shelf.resolve("demo")
    assert versions(resolution) == {"demo": "1.1"}
    assert "took demo 1.1, not 1.2" in str(resolution.notes[0])


def test_a_package_with_nothing_but_such_a_wheel_is_found(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.1", "manylinux_2_24_x86_64")
    shelf.wheel("demo", "1.2", "manylinux_2_27_x86_64")
    shelf.wheel("other", "3.0", "manylinux_2_28_x86_64")
    shelf.wheel("other", "2.0", "manylinux_2_17_x86_64", requires=["demo"])
    assert versions(shelf.resolve("other")) == {"demo": "1.1", "other": "2.0"}


def test_of_one_version_the_wheel_that_fits_is_taken(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_28_x86_64")
    shelf.wheel("demo", "1.0", "manylinux_2_24_x86_64")
    shelf.wheel("demo", "1.0", "manylinux_2_24_aarch64")
    assert files(shelf.resolve("demo")) == ["demo-1.0-cp311-cp311-manylinux_2_24_x86_64.whl"]


def test_what_fits_below_stays_while_another_is_looked_for_above(shelf: Shelf) -> None:
    shelf.wheel("low", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("low", "2.0", "manylinux_2_28_x86_64")
    shelf.wheel("between", "1.0", "manylinux_2_26_x86_64", requires=["low", "late"])
    shelf.wheel("late", "1.0", "manylinux_2_12_x86_64")
    shelf.wheel("late", "5.0", "manylinux_2_27_x86_64")
    shelf.wheel("late", "6.0", "manylinux_2_28_x86_64")
    assert versions(shelf.resolve("between")) == {"between": "1.0", "late": "1.0", "low": "1.0"}


def test_the_targets_own_glibc_counts(shelf: Shelf) -> None:
    for minor in (17, 28, 30, 34, 35):
        shelf.wheel("demo", f"1.{minor}", f"manylinux_2_{minor}_x86_64", python="cp313-cp313")
        shelf.wheel("demo", f"1.{minor}", f"manylinux_2_{minor}_x86_64")
    assert versions(shelf.resolve("demo", target="python3.13-x86_64", glibc=AL2023)) == {"demo": "1.34"}
    assert versions(shelf.resolve("demo", glibc=(2, 30))) == {"demo": "1.30"}
    assert versions(shelf.resolve("demo", glibc=(2, 29))) == {"demo": "1.28"}


def test_the_architecture_is_the_targets(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "1.0", "manylinux_2_17_aarch64")
    assert "aarch64" in files(shelf.resolve("demo", target="python3.11-arm64"))[0]


def test_markers_are_judged_for_the_target(shelf: Shelf) -> None:
    for name in ("win", "arm", "old", "always"):
        shelf.wheel(name)
    shelf.wheel(
        "demo",
        requires=[
            "win; sys_platform == 'win32'",
            "arm; platform_machine == 'aarch64'",
            "old; python_version < '3.10'",
            "always; sys_platform == 'linux' and implementation_name == 'cpython'",
        ],
    )
    assert set(versions(shelf.resolve("demo"))) == {"always", "demo"}
    assert set(versions(shelf.resolve("demo", target="python3.9-arm64"))) == {"always", "arm", "demo", "old"}


def test_a_requires_python_above_the_targets_is_passed_over_without_a_note(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "2.0", requires_python=">=3.12")
    resolution = shelf.resolve("demo")
    assert versions(resolution) == {"demo": "1.0"}
    assert not resolution.notes


def test_a_yanked_newer_version_is_no_newer_version(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "1.5", "manylinux_2_28_x86_64")
    yanked = shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    with local_index(shelf.wheels, yanked=frozenset({yanked.name})) as index:
        resolution = shelf.resolve("demo", indexes=IndexOptions(default_index=index.url))
    assert versions(resolution) == {"demo": "1.0"}
    assert [getattr(note, "newest", None) for note in resolution.notes] == ["1.5"]


def test_a_package_without_any_wheel_comes_as_its_source(shelf: Shelf) -> None:
    shelf.sdist("demo", "1.0", requires=["helper"], static=True)
    shelf.wheel("helper")
    resolution = shelf.resolve("demo")
    kinds = {package.name: package.artifact.kind for package in resolution.lock.packages}
    assert kinds == {"demo": ArtifactKind.SDIST, "helper": ArtifactKind.WHEEL}
    assert not shelf.trace.exists(), "static metadata needs no code of the package"
    assert "its source distribution is built" in str(resolution.notes[0])


def test_metadata_that_only_the_package_can_tell_is_built(shelf: Shelf) -> None:
    shelf.sdist("demo", "1.0", requires=["helper"])
    shelf.wheel("helper")
    assert versions(shelf.resolve("demo")) == {"demo": "1.0", "helper": "1.0"}
    assert shelf.trace.exists()


def test_a_wheel_for_elsewhere_gives_the_metadata_of_a_source(shelf: Shelf) -> None:
    shelf.sdist("demo", "1.0")
    shelf.wheel("demo", "1.0", "manylinux_2_35_x86_64", requires=["helper"])
    shelf.wheel("helper", "1.0")
    shelf.sdist("helper", "2.0")
    resolution = shelf.resolve("demo", "helper")
    assert files(resolution) == ["demo-1.0.tar.gz", "helper-1.0-py3-none-any.whl"]
    assert not shelf.trace.exists()


@pytest.mark.parametrize(
    "option", [{"no_build": True}, {"only_binary": (":all:",)}, {"no_build_package": ("demo",)}]
)
def test_no_source_is_taken_where_the_request_forbids_it(shelf: Shelf, option: dict[str, object]) -> None:
    shelf.sdist("demo", "1.0")
    with pytest.raises(NoSolutionError, match=r"demo==1.0 has no usable wheels"):
        shelf.resolve("demo", **option)
    assert not shelf.trace.exists()


def test_no_binary_means_what_it_means_to_uv(shelf: Shelf) -> None:
    shelf.wheel("demo")
    shelf.sdist("demo", static=True)
    shelf.wheel("helper")
    resolution = shelf.resolve("demo", "helper", no_binary=("demo",))
    assert files(resolution) == ["demo-1.0.tar.gz", "helper-1.0-py3-none-any.whl"]
    assert not resolution.notes


def test_a_build_that_fails_is_a_build_error(shelf: Shelf) -> None:
    shelf.sdist("demo", "1.0", files={"backend.py": b"raise SystemExit('broken on purpose')"})
    with pytest.raises(BuildError, match="broken on purpose"):
        shelf.resolve("demo")


def test_projects_by_path(shelf: Shelf) -> None:
    shelf.wheel("helper")
    write_project(shelf.folder, "still", trace=shelf.trace, requires=["helper"], static=True)
    resolution = shelf.resolve("./still")
    kinds = {package.name: package.artifact.kind for package in resolution.lock.packages}
    assert kinds == {"helper": ArtifactKind.WHEEL, "still": ArtifactKind.DIRECTORY}
    assert not shelf.trace.exists()
    write_project(shelf.folder, "moving", trace=shelf.trace, requires=["helper"])
    with pytest.raises(LayerwrightError):
        shelf.resolve("./moving", no_build=True)
    assert not shelf.trace.exists()
    assert set(versions(shelf.resolve("./moving"))) == {"helper", "moving"}
    assert shelf.trace.exists()


def test_a_repository(shelf: Shelf) -> None:
    shelf.wheel("helper")
    root = write_project(shelf.folder, "tracked", trace=shelf.trace, requires=["helper"], static=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    resolution = shelf.resolve(f"git+file://{root}")
    package = next(package for package in resolution.lock.packages if package.name == "tracked")
    assert package.artifact.kind is ArtifactKind.VCS
    assert package.artifact.location.startswith("git+file:///")
    assert len(package.artifact.location.rpartition("@")[2]) == 40


def test_a_wheel_by_path(shelf: Shelf) -> None:
    wheel = shelf.wheel("demo", "1.0", "manylinux_2_26_x86_64")
    package = shelf.resolve(str(wheel)).lock.packages[0]
    assert (package.artifact.kind, package.artifact.location) == (ArtifactKind.WHEEL, str(wheel))
    assert package.artifact.sha256
    other = shelf.wheel("demo", "1.0", "win_amd64")
    with pytest.raises(UsageError, match=r"does not fit python3.11-x86_64"):
        shelf.resolve(str(other))


def test_a_pyproject_with_extras_and_groups(shelf: Shelf) -> None:
    for name in ("base", "more", "test"):
        shelf.wheel(name)
    project = shelf.folder / "pyproject.toml"
    project.write_text(
        """
        [project]
        name = "mine"
        version = "1"
        dependencies = ["base"]
        optional-dependencies.plus = ["more"]
        [dependency-groups]
        dev = ["test"]
        """
    )
    assert set(versions(shelf.resolve(files=(Path("pyproject.toml"),)))) == {"base"}
    assert set(versions(shelf.resolve(files=(project,), extras=("plus",)))) == {"base", "more"}
    assert set(versions(shelf.resolve(files=(project,), groups=("dev",)))) == {"base", "test"}
    assert set(versions(shelf.resolve(groups=("dev",)))) == {"test"}
    with pytest.raises(UsageError, match="nope"):
        shelf.resolve(files=(project,), extras=("nope",))


def test_requirements_files_with_all_that_they_may_hold(shelf: Shelf) -> None:
    for version in ("1.0", "2.0", "3.0a1"):
        shelf.wheel("demo", version)
        shelf.wheel("limited", version)
    (shelf.folder / "nested").mkdir()
    (shelf.folder / "nested" / "more.txt").write_text("-c limits.txt\nlimited\n")
    (shelf.folder / "nested" / "limits.txt").write_text("limited<2\n")
    (shelf.folder / "all.txt").write_text(
        f"--no-index\n--find-links {shelf.wheels}\n-r nested/more.txt\ndemo>1 # why\n"
    )
    resolution = shelf.resolve(files=(Path("all.txt"),), indexes=IndexOptions())
    assert versions(resolution) == {"demo": "2.0", "limited": "1.0"}
    (shelf.folder / "limits.txt").write_text("demo<2\n")
    options = {"constraints": (Path("limits.txt"),)}
    assert versions(shelf.resolve("demo", **options)) == {"demo": "1.0"}
    assert versions(shelf.resolve("demo", prerelease="allow")) == {"demo": "3.0a1"}
    assert versions(shelf.resolve("demo", resolution="lowest")) == {"demo": "1.0"}


def test_hashes_choose_the_file_or_refuse_it(shelf: Shelf) -> None:
    best = shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    allowed = shelf.wheel("demo", "1.0")
    digests = {path: shelf.resolve(str(path)).lock.packages[0].artifact.sha256 for path in (best, allowed)}
    path = shelf.folder / "requirements.txt"
    path.write_text(f"demo==1.0 \\\n    --hash=sha256:{digests[allowed]}\n")
    assert files(shelf.resolve(files=(path,))) == [allowed.name]
    path.write_text(f"demo==1.0 --hash=sha256:{digests[allowed]} --hash sha256:{digests[best]}\n")
    assert files(shelf.resolve(files=(path,))) == [best.name]
    path.write_text(f"demo==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(IntegrityError, match=f"{digests[best]}.*expected {'0' * 64}"):
        shelf.resolve(files=(path,))


def test_no_solution_has_uvs_explanation_without_noise(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0", requires=["helper>=2"])
    shelf.wheel("helper", "1.0")
    with pytest.raises(NoSolutionError) as caught:
        shelf.resolve("demo")
    assert str(caught.value).startswith("Because only helper==1.0 is available and")
    assert "\x1b" not in str(caught.value)
    with pytest.raises(NoSolutionError, match="missing-package was not found"):
        shelf.resolve("missing-package")


def test_no_solution_says_what_the_releases_do_have(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_28_x86_64")
    with pytest.raises(NoSolutionError, match="manylinux_2_26_x86_64") as caught:
        shelf.resolve("demo")
    assert "demo 1.0 has no wheel for python3.11-x86_64 (only manylinux_2_28)" in (caught.value.hint or "")


def test_input_that_makes_no_sense(shelf: Shelf) -> None:
    (shelf.folder / "empty.txt").write_text("\n# nothing\n")
    cases = {
        "empty.txt": {"files": (Path("empty.txt"),)},
        "nowhere.txt": {"files": (Path("nowhere.txt"),)},
        "nowhere/pylock.toml": {"files": (Path("nowhere/pylock.toml"),)},
    }
    for named, options in cases.items():
        with pytest.raises(UsageError, match=named):
            shelf.resolve(**options)
    with pytest.raises(UsageError, match="no such comparison operator"):
        shelf.resolve("demo=>1")
    with pytest.raises(UsageError, match="not a requirement"):
        shelf.resolve("--index-url=http://example.org")
    shelf.wheel("demo")
    with pytest.raises(UsageError, match=r"excluded by its marker for python3.11-x86_64"):
        shelf.resolve("demo; sys_platform == 'win32'")


def test_a_truncated_wheel_is_an_integrity_error(shelf: Shelf) -> None:
    wheel = shelf.wheel("demo")
    wheel.write_bytes(wheel.read_bytes()[:200])
    with pytest.raises(IntegrityError, match=r"demo-1.0-py3-none-any.whl"):
        shelf.resolve("demo")


def test_an_index_that_is_not_there(shelf: Shelf) -> None:
    with local_index(shelf.wheels) as index:
        url = index.url
    with pytest.raises(NetworkError, match=r"can't reach http://127.0.0.1:.*refused") as caught:
        shelf.resolve("demo", indexes=IndexOptions(default_index=url))
    assert not isinstance(caught.value, OfflineError)
    with pytest.raises(OfflineError, match="demo was not found in the cache"):
        shelf.resolve("demo", indexes=IndexOptions(default_index=url), offline=True)


@pytest.mark.parametrize("status", [401, 403, 500])
def test_an_index_that_refuses(shelf: Shelf, status: int) -> None:
    with (
        local_index(shelf.wheels, status=status) as index,
        pytest.raises(NetworkError, match=str(status)) as caught,
    ):
        shelf.resolve("demo", indexes=IndexOptions(default_index=index.url_with("me:secret")))
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_credentials_open_an_index_and_stay_out_of_the_lock(shelf: Shelf) -> None:
    from layerwright.resolve.pylock import write_lock

    shelf.wheel("demo")
    with local_index(shelf.wheels, login="me:secret") as index:
        options = IndexOptions(default_index=index.url_with("me:secret"))
        resolution = shelf.resolve("demo", indexes=options)
        direct = shelf.resolve(
            f"demo @ {index.url_with('me:secret').replace('/simple', '/files/demo-1.0-py3-none-any.whl')}"
        )
    for found in (resolution, direct):
        location = found.lock.packages[0].artifact.location
        assert b"secret" not in write_lock(found.lock)
        assert "@" not in location
        assert found.settings.credentials_for(location) == ("me", "secret")


@pytest.mark.parametrize("silent", [True, False])
def test_a_uv_whose_log_says_nothing_still_gives_the_newest_that_fits(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, *, silent: bool
) -> None:
    if silent:
        monkeypatch.setattr("layerwright.resolve.uv._LOG", "off")
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "1.1", "manylinux_2_24_x86_64")
    shelf.wheel("demo", "1.2", "manylinux_2_28_x86_64")
    resolution = shelf.resolve("demo")
    assert versions(resolution) == {"demo": "1.1"}
    assert [getattr(note, "newest", None) for note in resolution.notes] == ["1.2"]


def test_local_versions(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0+cpu", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "2.0+cpu", "manylinux_2_28_x86_64")
    shelf.wheel("demo", "3.0", "manylinux_2_28_x86_64")
    resolution = shelf.resolve("demo")
    assert versions(resolution) == {"demo": "1.0+cpu"}
    assert [getattr(note, "newest", None) for note in resolution.notes] == ["3.0"]


def test_without_a_cache(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    shelf.environment = {**shelf.environment, "UV_NO_CACHE": "1"}
    with local_index(shelf.wheels) as index:
        resolution = shelf.resolve("demo", indexes=IndexOptions(default_index=index.url))
    assert versions(resolution) == {"demo": "1.0"}
    assert [getattr(note, "newest", None) for note in resolution.notes] == ["2.0"]


@pytest.mark.parametrize("file", ["pyproject.toml", "setup.py"])
def test_a_project_file_whose_requirements_only_its_backend_knows(shelf: Shelf, file: str) -> None:
    shelf.wheel("helper")
    root = write_project(shelf.folder, "moving", trace=shelf.trace, requires=["helper"])
    if file == "setup.py":
        (root / "setup.py").write_text("raise SystemExit('the backend is asked, not this')")
    assert versions(shelf.resolve(files=(root / file,))) == {"helper": "1.0"}
    assert shelf.trace.exists()


@pytest.mark.parametrize("variable", [("UV_NO_BUILD", "1"), ("UV_NO_BUILD_PACKAGE", "other demo")])
def test_uvs_own_word_against_building_holds(shelf: Shelf, variable: tuple[str, str]) -> None:
    shelf.sdist("demo", "1.0")
    shelf.environment = {**shelf.environment, variable[0]: variable[1]}
    with pytest.raises(NoSolutionError):
        shelf.resolve("demo")
    assert not shelf.trace.exists()


def test_offline_by_uvs_variable(shelf: Shelf) -> None:
    shelf.environment = {**shelf.environment, "UV_OFFLINE": "1"}
    with local_index(shelf.wheels) as index, pytest.raises(OfflineError, match="demo"):
        shelf.resolve("demo", indexes=IndexOptions(default_index=index.url))
    assert not index.asked
