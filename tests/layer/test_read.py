"""A zip and a folder become the same tree; what can't be one is told by kind."""

import os
import stat
import zipfile

import pytest

from factories.archives import write_zip
from layerwright.errors import IntegrityError, UsageError
from layerwright.layer.read import read_layer
from layerwright.layer.tree import Kind


def contents(layer):
    return {path: (entry.kind, entry.mode, entry.read()) for path, entry in layer.tree.items()}


def test_a_zip_and_the_folder_of_it_are_the_same_tree(tmp_path):
    members = {"python/a.py": b"a = 1\n", "lib/libx.so": b"libx.so.1", "lib/libx.so.1": b"\x7fELF"}
    path = write_zip(
        tmp_path / "layer.zip", members, modes={"lib/libx.so": stat.S_IFLNK | 0o777, "python/a.py": 0o100600}
    )
    folder = tmp_path / "folder"
    (folder / "python").mkdir(parents=True)
    (folder / "lib").mkdir()
    (folder / "python/a.py").write_bytes(members["python/a.py"])
    (folder / "python/a.py").chmod(0o600)
    (folder / "lib/libx.so.1").write_bytes(members["lib/libx.so.1"])
    (folder / "lib/libx.so.1").chmod(0o644)
    (folder / "lib/libx.so").symlink_to("libx.so.1")
    zipped, unpacked = read_layer(path), read_layer(folder)
    assert contents(zipped)["lib/libx.so"] == (Kind.SYMLINK, 0o777, b"libx.so.1")
    files = {path: one for path, one in contents(unpacked).items() if one[0] is not Kind.DIRECTORY}
    assert files == contents(zipped)
    assert (zipped.sha256 is None, unpacked.sha256 is None) == (False, True)


def test_what_a_system_without_modes_packed_is_readable_by_all(tmp_path):
    with zipfile.ZipFile(tmp_path / "layer.zip", "w") as archive:
        for name in ("python/", "python/a.py"):
            info = zipfile.ZipInfo(name)
            info.create_system = 0
            archive.writestr(info, b"")
    found = {path: entry.mode for path, entry in read_layer(tmp_path / "layer.zip").tree.items()}
    assert found == {"python": 0o755, "python/a.py": 0o644}


def test_the_times_of_sources_are_known_where_there_is_bytecode(tmp_path):
    path = write_zip(
        tmp_path / "layer.zip", {"python/a.py": b"", "python/__pycache__/a.cpython-311.pyc": b""}
    )
    assert list(read_layer(path).modified) == ["python/a.py"]
    assert not read_layer(write_zip(tmp_path / "plain.zip", {"python/a.py": b""})).modified


def test_a_fifo_is_a_problem(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (problem,) = read_layer(tmp_path).problems
    assert (problem.kind, problem.path) == ("special-file", "pipe")


@pytest.mark.parametrize(
    ("name", "data", "error", "words"),
    [
        ("gone.zip", None, UsageError, "does not exist"),
        ("app.py", b"import os\n", UsageError, "is a Python file"),
        ("layer.zip", b"not a zip", IntegrityError, "no end record"),
    ],
)
def test_what_is_no_layer_is_an_error(tmp_path, name, data, error, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=words) as caught:
        read_layer(tmp_path / name)
    assert error is not UsageError or str(tmp_path) in f"{caught.value.hint} {caught.value}"
