"""Wheels are laid out as an installer would lay them, for Lambda's folders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factories.wheels import wheel_bytes, wheel_filename
from layerwright.layer.archive import plan_archive
from layerwright.layer.assemble import Assembly, Clash, assemble
from layerwright.layer.place import Layout, scheme_for
from layerwright.layer.plan import write_archive
from layerwright.wheels.read import read_wheel
from layerwright.wheels.store import Store
from layerwright.wheels.wheel import Wheel

_SCHEME = scheme_for(Layout.FLAT, python=(3, 11), interpreter="/var/lang/bin/python3.11")
type_of_make = Callable[..., Wheel]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def make(tmp_path: Path, store: Store) -> type_of_make:
    def make(name: str = "demo", version: str = "1.0", **options: Any) -> Wheel:
        source = tmp_path / wheel_filename(name, version)
        source.write_bytes(wheel_bytes(name, version, **options))
        sha256, path = store.take(source)
        return read_wheel(path, filename=source.name, sha256=sha256).wheel

    return make


def contents(assembly: Assembly) -> dict[str, bytes]:
    return {path: entry.read() for path, entry in assembly.tree.items() if ".dist-info/" not in path}


def test_members_go_below_python(make: type_of_make, store: Store) -> None:
    wheel = make(files={"demo/__init__.py": b"x = 1\n", "demo/data.bin": b"\0" * 5000})
    assembly = assemble([wheel], _SCHEME, store)
    assert contents(assembly) == {"python/demo/__init__.py": b"x = 1\n", "python/demo/data.bin": b"\0" * 5000}
    assert "python/demo-1.0.dist-info/METADATA" in assembly.tree
    assert list(assembly.tree) == sorted(assembly.tree)
    assert not assembly.clashes


def test_the_versioned_layout_is_the_other_folder_that_lambda_searches(
    make: type_of_make, store: Store
) -> None:
    scheme = scheme_for(Layout.VERSIONED, python=(3, 9), interpreter="/var/lang/bin/python3.9")
    assembly = assemble([make(files={"demo.py": b""})], scheme, store)
    assert set(contents(assembly)) == {"python/lib/python3.9/site-packages/demo.py"}


def test_data_parts_go_where_an_installer_puts_them(make: type_of_make, store: Store) -> None:
    wheel = make(
        files={
            "demo-1.0.data/purelib/pure.py": b"1",
            "demo-1.0.data/platlib/plat.py": b"2",
            "demo-1.0.data/scripts/tool": b"#!python\nprint(1)\n",
            "demo-1.0.data/scripts/shell": b"#!/bin/sh\n",
            "demo-1.0.data/headers/demo.h": b"3",
            "demo-1.0.data/data/share/doc.txt": b"4",
            "demo-1.0.data/other/x": b"5",
        }
    )
    assembly = assemble([wheel], _SCHEME, store)
    assert contents(assembly) == {
        "python/pure.py": b"1",
        "python/plat.py": b"2",
        "bin/tool": b"#!/var/lang/bin/python3.11\nprint(1)\n",
        "bin/shell": b"#!/bin/sh\n",
        "include/python3.11/demo/demo.h": b"3",
        "share/doc.txt": b"4",
    }
    assert assembly.tree["bin/tool"].mode == 0o755
    record = assembly.tree["python/demo-1.0.dist-info/RECORD"].read().decode().splitlines()
    script = contents(assembly)["bin/tool"]
    assert any(line.startswith("../bin/tool,sha256=") and line.endswith(f",{len(script)}") for line in record)
    assert any(line.startswith("../share/doc.txt,sha256=") for line in record)
    assert not any(".data/" in line for line in record)


def test_bytecode_of_the_wheel_is_left_out_with_its_line_in_record(make: type_of_make, store: Store) -> None:
    wheel = make(files={"demo.py": b"", "__pycache__/demo.cpython-311.pyc": b"stale"})
    assembly = assemble([wheel], _SCHEME, store)
    assert set(contents(assembly)) == {"python/demo.py"}
    assert b".pyc" not in assembly.tree["python/demo-1.0.dist-info/RECORD"].read()


def test_modes_are_two(make: type_of_make, store: Store) -> None:
    wheel = make(files={"a.py": b"", "run.sh": b"#"}, modes={"a.py": 0o100600, "run.sh": 0o100700})
    tree = assemble([wheel], _SCHEME, store).tree
    assert (tree["python/a.py"].mode, tree["python/run.sh"].mode) == (0o644, 0o755)


def test_wheels_with_the_same_file_share_it(make: type_of_make, store: Store) -> None:
    one = make("one", files={"shared/__init__.py": b"same", "shared/one.py": b""})
    two = make("two", files={"shared/__init__.py": b"same", "shared/two.py": b""})
    assembly = assemble([one, two], _SCHEME, store)
    assert not assembly.clashes
    assert len(contents(assembly)) == 3


def test_a_clash_names_both_wheels(make: type_of_make, store: Store) -> None:
    one = make("one", files={"shared.py": b"one"})
    two = make("two", files={"shared.py": b"two"})
    assembly = assemble([one, two], _SCHEME, store)
    clash = Clash(
        path="python/shared.py", kept="one-1.0-py3-none-any.whl", dropped="two-1.0-py3-none-any.whl"
    )
    assert assembly.clashes == (clash,)


def test_a_file_where_another_has_a_folder_is_a_clash(make: type_of_make, store: Store) -> None:
    one = make("one", files={"thing": b"a file"})
    two = make("two", files={"thing/inside.py": b""})
    (clash,) = assemble([one, two], _SCHEME, store).clashes
    assert (clash.path, clash.kept) == ("python/thing", "one-1.0-py3-none-any.whl")


def test_entry_points_become_scripts_on_request(make: type_of_make, store: Store) -> None:
    wheel = make(files={"demo.py": b""}, entry_points="[console_scripts]\ndemo = demo.cli:main.run\n")
    assert "bin/demo" not in assemble([wheel], _SCHEME, store).tree
    script = assemble([wheel], _SCHEME, store, with_scripts=True).tree["bin/demo"]
    text = script.read().decode()
    assert text.startswith("#!/var/lang/bin/python3.11\n")
    assert "from demo.cli import main\n" in text
    assert "main.run()" in text
    assert script.mode == 0o755


def test_a_store_that_can_not_be_written_to_gives_the_same_bytes(
    make: type_of_make, store: Store, tmp_path: Path
) -> None:
    wheel = make(files={f"demo/m{number}.py": b"x" * number for number in range(50)})
    nowhere = tmp_path / "file"
    nowhere.write_bytes(b"")
    archives = []
    for number, place in enumerate((store, store, Store(nowhere / "store"))):
        path = tmp_path / f"{number}.zip"
        write_archive(plan_archive(assemble([wheel], _SCHEME, place).tree), path)
        archives.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(set(archives)) == 1
