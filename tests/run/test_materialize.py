"""A stack as a folder: laid once, shared by content, whole or not at all."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from factories.layers import entry, folder, link
from layerwright.errors import IntegrityError
from layerwright.layer.tree import Tree
from layerwright.run.materialize import lay_stack
from layerwright.wheels.store import Store

pytestmark = pytest.mark.skipif(os.name == "nt", reason="lays links and permissions")


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_later_layers_win(tmp_path: Path) -> None:
    first = Tree([entry("python/a.py", "1"), entry("python/b.py", "1")])
    second = Tree([entry("python/b.py", "2")])
    assert files(lay_stack([first, second], Store(tmp_path))) == {"python/a.py": b"1", "python/b.py": b"2"}


def test_a_stack_is_laid_once_and_files_are_shared(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one = lay_stack([Tree([entry("python/a.py", "same"), entry("python/b.py", "b")])], store)
    again = lay_stack([Tree([entry("python/b.py", "b"), entry("python/a.py", "same")])], store)
    other = lay_stack([Tree([entry("elsewhere/a.py", "same")])], store)
    assert one == again
    assert (one / "python/a.py").stat().st_ino == (other / "elsewhere/a.py").stat().st_ino


@pytest.mark.parametrize(
    ("given", "laid"), [(0o644, 0o444), (0o755, 0o555), (0o600, 0), (0o700, 0), (0, 0o444)]
)
def test_files_have_the_rights_of_a_user_who_owns_none(tmp_path: Path, given: int, laid: int) -> None:
    root = lay_stack([Tree([replace(entry("x", "x"), mode=given)])], Store(tmp_path))
    assert stat.S_IMODE((root / "x").stat().st_mode) == laid


def test_links_and_empty_folders_are_laid(tmp_path: Path) -> None:
    tree = Tree([entry("lib/libx.so.1", "x"), link("lib/libx.so", "libx.so.1"), folder("lib/empty")])
    root = lay_stack([tree], Store(tmp_path))
    assert (root / "lib/libx.so").readlink() == Path("libx.so.1")
    assert (root / "lib/empty").is_dir()


@pytest.mark.parametrize("path", ["../out", "python/../../out", "/etc/out"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(IntegrityError, match="leads out of the layer"):
        lay_stack([Tree([entry(path, "x")])], Store(tmp_path / "store"))
    assert not list(tmp_path.rglob("out"))


def test_a_file_behind_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    tree = Tree([link("python", str(outside)), entry("python/x.py", "x")])
    with pytest.raises(IntegrityError):
        lay_stack([tree], Store(tmp_path / "store"))
    assert not list(outside.iterdir())


def _lay(root: Path) -> Path:
    tree = Tree([entry(f"python/{number}.py", str(number) * 100) for number in range(200)])
    return lay_stack([tree], Store(root))


def test_several_processes_lay_one_stack(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        roots = set(pool.map(_lay, [tmp_path] * 8))
    (root,) = roots
    assert len(files(root)) == 200
    assert [path.name for path in root.parent.iterdir()] == [root.name], "nothing half laid is left"
