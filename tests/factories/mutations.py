"""Layers with damage at random: files cut, flipped and spliced with awkward words, paths moved, links and folders in the place of files.

All follows from one number, so that what was found once is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from factories.layers import entry, folder, link, part, subject
from layerwright.checks.subject import Subject
from layerwright.layer.tree import Entry

Files = Mapping[str, bytes]

TARGETS = (
    "python3.8-x86_64", "python3.9-arm64", "python3.11-x86_64", "python3.12-x86_64", "python3.13-arm64", "python3.15-x86_64",
)  # fmt: skip
_WORDS = (
    b"\0", b"\xff\xfe", b"\n", b"\r\n", b"\\", b"../", b"/", b",,", b"{", b"[]", b"null", b'"', b"-1", b"1" * 400, b"9" * 20,
    b"\xe2\x80\xae", b"(" * 300, b"lambda:" * 50, b"Requires-Dist: ", b"Requires-Dist: a @ file:///x\n",
    b"Requires-Dist: x; python_version<'3\n", b"Requires-Dist: numpy[a,b]>=1.0\n", b"Requires-Python: >=\n", b"Name: \n",
    b"Version: not a version\n", b"Version: 1.0+local.x\n", b"Metadata-Version: 99\n", b"Provides-Extra: x\n", b"Tag: a-b\n",
    b"Classifier: Programming Language :: Python :: 3.\n", b"sha256=,", b"sha256=\xff", b"import ", b"from . import x\n",
    b"from .... import x\n", b"__import__('", b"try:\n", b"ctypes.CDLL(", b"find_library(", b"pkg_resources.require(",
)  # fmt: skip
_INTEGERS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\1\0\0\0", b"\xff\xff\xff\x7f")
_MACHINES = (b"\x3e\0", b"\xb7\0", b"\x03\0")
_DIRECT_URLS = (
    b'{"url": "file:///x/y.whl", "archive_info": {}}', b'{"url": "file:///x", "dir_info": {"editable": true}}',
    b'{"url": 1, "vcs_info": []}', b"[]", b'{"dir_info": "x"}',
)  # fmt: skip
_FUNCTION = (
    b"import pkg, os\nfrom a.b import c\n\n\ndef handler(event, context):\n    import late\n    return {}\n"
)
_HANDLERS = ("app.handler", "app.", "..", "x/y.z", "app.other", "a")


def mutated_subject(seed: int, layers: Sequence[Files]) -> Subject:
    """Return a subject that is made of one to three of these layers, damaged as ``seed`` says."""
    random = Random(seed)
    files: dict[str, bytes] = {}
    for _ in range(random.choice((1, 1, 2, 3))):
        files.update(random.choice(layers))
    files.update(_more_metadata(random, files))
    if random.random() < 0.3:
        files = {path: _other_machine(random, data) for path, data in files.items()}
    entries = [_entry(random, path, data) for path, data in files.items()]
    options: dict[str, Any] = {}
    if random.random() < 0.3:
        options["function"] = {"app.py": _damaged(random, _FUNCTION)}
        options["handler"] = random.choice(_HANDLERS)
    return subject(part(entries), target=random.choice(TARGETS), **options)


def _more_metadata(random: Random, files: Files) -> dict[str, bytes]:
    more = {}
    for path in files:
        if path.endswith(".dist-info/METADATA") and random.random() < 0.5:
            info = path.rpartition("/")[0]
            more[f"{info}/direct_url.json"] = random.choice(_DIRECT_URLS)
            more[f"{info}/top_level.txt"] = random.choice((b"pkg\n_ext\n", b"\xff\n", b"a.b\n\n/x\n", b""))
            more[f"{info}/entry_points.txt"] = b"[console_scripts]\nx = pkg:main\n"
            more[info.replace(".dist-info", ".egg-info") + "/PKG-INFO"] = files[path]
    return more


def _other_machine(random: Random, data: bytes) -> bytes:
    return data[:18] + random.choice(_MACHINES) + data[20:] if data[:4] == b"\x7fELF" else data


def _entry(random: Random, path: str, data: bytes) -> Entry:
    if random.random() < 0.15:
        data = _damaged(random, data)
    if random.random() < 0.06:
        path = _moved(random, path)
    kind = random.random()
    if kind < 0.02:
        goal = random.choice(("x", "/opt/python", "../../..", path.rpartition("/")[2], "", "/etc/passwd"))
        return link(path, goal)
    if kind < 0.03:
        return folder(path)
    return entry(path, data, mode=random.choice((0o644, 0o755, 0o600, 0)) if kind > 0.9 else None)


def _damaged(random: Random, data: bytes) -> bytes:
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        data = random.choice(_DAMAGES)(random, data, random.randrange(len(data) + 1))
    return data


def _flip(random: Random, data: bytes, at: int) -> bytes:
    return data[:at] + bytes((random.randrange(256),)) + data[at + 1 :]


def _splice(random: Random, data: bytes, at: int) -> bytes:
    return data[:at] + random.choice(_WORDS) + data[at:]


def _splice_line(random: Random, data: bytes, at: int) -> bytes:
    start = data.rfind(b"\n", 0, at) + 1
    return data[:start] + random.choice(_WORDS) + data[start:]


def _drop(random: Random, data: bytes, at: int) -> bytes:
    return data[:at] + data[at + random.choice((1, 4, 16, 200)) :]


def _cut(_: Random, data: bytes, at: int) -> bytes:
    return data[:at]


def _repeat(random: Random, data: bytes, at: int) -> bytes:
    end = at + random.choice((1, 4, 8, 64))
    return data[:end] + data[at:end] + data[end:]


def _number(random: Random, data: bytes, at: int) -> bytes:
    at &= ~3
    return data[:at] + random.choice(_INTEGERS) + data[at + 4 :]


_DAMAGES: tuple[Callable[[Random, bytes, int], bytes], ...] = (
    _flip, _splice, _splice_line, _drop, _cut, _repeat, _number,
)  # fmt: skip


def _moved(random: Random, path: str) -> str:
    name = path.rpartition("/")[2] or path
    return random.choice(
        (
            path + random.choice(("/x", " ", "é", ".so", ".py", ".cpython-3-x.so", ".abi3.so", ".pyc", ".")),
            path.replace(
                "python/", f"python/lib/python3.{random.choice(('11', '7', 'x', ''))}/site-packages/"
            ),
            path.replace(
                ".dist-info", random.choice((".egg-info", ".dist-info.dist-info", "-1.dist-info", ""))
            ),
            path.replace("-", "_", 1),
            path.replace("__init__.py", "__init__.pyc"),
            f"lib/{name}",
            f"bin/{name}",
            name,
        )
    )
