import pytest

from factories.layers import entry, folder, link, part
from layerwright.checks.stack import Stack
from layerwright.layer.tree import Kind


def test_the_later_layer_lies_over_the_earlier():
    stack = Stack(
        (part({"python/a.py": "1", "python/b.py": ""}, name="one"), part({"python/a.py": "2"}, name="two"))
    )
    assert stack["/opt/python/a.py"].read() == b"2"
    assert stack.place("/opt/python/a.py") == ("two", "python/a.py")
    assert stack.place("/opt/python/b.py") == ("one", "python/b.py")
    assert len(stack) == 2


def test_the_function_stands_beside_them():
    stack = Stack((part({"python/a.py": ""}),), part({"a.py": ""}, name="src"))
    assert list(stack) == ["/opt/python/a.py", "/var/task/a.py"]
    assert stack.place("/var/task/a.py") == ("src", "a.py")
    assert stack.place("/var/task/gone.py") == ("src", "gone.py")
    assert [one.name for one in stack.parts] == ["layer.zip", "src"]


def test_folders_are_there_named_or_not():
    stack = Stack((part([entry("python/a/b.py"), folder("empty")]),))
    assert stack.folders["/opt/python"] == {"a": Kind.DIRECTORY}
    assert stack.folders["/opt"] == {"python": Kind.DIRECTORY, "empty": Kind.DIRECTORY}
    assert stack.is_folder("/opt/empty")
    assert stack.is_folder("/opt/python/a")
    assert not stack.is_folder("/opt/python/a/b.py")


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/opt/lib/libx.so", "/opt/lib/libx.so.1"),
        ("/opt/alias/libx.so", "/opt/lib/libx.so.1"),
        ("/opt/absolute", "/opt/lib/libx.so.1"),
        ("/opt/alias", "/opt/lib"),
        ("/opt/lib/../lib/./libx.so.1", "/opt/lib/libx.so.1"),
        ("/opt/dangling", None),
        ("/opt/circle", None),
        ("/opt/gone", None),
        ("/opt/outside", None),
    ],
)
def test_links_are_followed(path, real):
    links = {
        "lib/libx.so": "libx.so.1",
        "alias": "lib",
        "absolute": "/opt/lib/libx.so.1",
        "dangling": "nothing",
        "circle": "circle",
        "outside": "../../etc/passwd",
    }
    stack = Stack((part([entry("lib/libx.so.1"), *(link(name, goal) for name, goal in links.items())]),))
    assert stack.resolve(path) == real
