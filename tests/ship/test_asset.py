"""A layer for a tool that deploys files under a hash of its own choice; the CDK construct stands on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from factories.wheels import write_wheel
from layerwright.errors import LayerwrightError, UsageError
from layerwright.ship.asset import Asset, build_asset, declare

TARGET = "python3.11-x86_64"
BROKEN = {"thing/__init__.py": b"import thing._native\n", "thing/_native.abi3.so": b"no ELF"}


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return folder


def build(project: Path) -> Asset:
    return build_asset(declare(project, name=None), None, project / "out.zip")


def write_configuration(project: Path, more: str = "") -> None:
    (project / "layerwright.toml").write_text(
        f'name = "deps"\nrequirements = ["thing"]\ntargets = ["{TARGET}"]\n{more}'
    )


def test_a_declared_layer_is_judged_as_its_configuration_says(project: Path, wheels: Path) -> None:
    write_wheel(wheels, "thing", "1.0", files=BROKEN)
    write_configuration(project)
    with pytest.raises(UsageError, match="is not fit to be deployed"):
        build(project)
    ignored = ("elf-*", "binary-*", "extension-*")
    write_configuration(project, "[check.ignore]\n" + "".join(f'"{one}" = "known"\n' for one in ignored))
    assert build(project).path == project / "out.zip"


def test_the_hash_follows_from_the_locked_artifacts(project: Path, wheels: Path) -> None:
    write_wheel(wheels, "thing", "1.0", files={"thing/__init__.py": b""})
    write_configuration(project)
    first = build(project)
    assert build(project).sha256 == first.sha256
    write_wheel(wheels, "thing", "2.0", files={"thing/__init__.py": b""})
    assert build(project).sha256 != first.sha256


def test_a_lock_that_is_not_there_is_told(project: Path, wheels: Path) -> None:
    declared = declare(project, name=None, lock="pylock.layer.toml")
    with pytest.raises(LayerwrightError, match=r"pylock\.layer\.toml"):
        build_asset(declared, TARGET, project / "out.zip")


def test_what_is_not_declared_is_told(project: Path) -> None:
    with pytest.raises(UsageError, match=r"has no layerwright\.toml"):
        declare(project, name=None)
    two = '[layers.a]\nrequirements = ["a"]\n[layers.b]\nrequirements = ["b"]\n'
    (project / "layerwright.toml").write_text(two)
    with pytest.raises(UsageError, match="declares a, b; which of them is meant"):
        declare(project, name=None)
    with pytest.raises(UsageError, match="declares a, b; not 'c'"):
        declare(project, name="c")
    assert declare(project, name="b").requirements == ("b",)
    with pytest.raises(UsageError, match="for which target"):
        build_asset(declare(project, name="b"), None, project / "out.zip")
