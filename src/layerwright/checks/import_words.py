"""The words by which a file could import something: a cheap answer that says which files are worth a syntax tree."""

from __future__ import annotations

import re
from typing import Final

_STATEMENT: Final = re.compile(
    rb"(?:^|[:;])[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]*(?:\([^)]*\)|(?:[^\n\\]|\\.|\\\n)*)|import[ \t]+(?:[^\n\\]|\\.|\\\n)*)",
    re.MULTILINE,
)
_CALLS: Final = (b"import_module", b"__import__", b"load_pycryptodome_raw_lib")
_WORD: Final = re.compile(rb"\w+")


def import_words(source: bytes) -> frozenset[bytes]:
    r"""Return the words of all import statements; of a file that imports by calls, all words.

    >>> sorted(import_words(b"from a.b import (c,\n  d)\nx = 1\n"))
    [b'a', b'b', b'c', b'd', b'from', b'import']
    """
    if any(call in source for call in _CALLS):
        return frozenset(_WORD.findall(source))
    return frozenset(_WORD.findall(b" ".join(_STATEMENT.findall(source))))


def dotted_names(data: bytes, top: str) -> frozenset[str]:
    """Return the dotted names below a top-level package that stand in a compiled module, as compiled imports need them.

    >>> dotted_names(b"\\0pandas._libs.lib\\0pandas\\0", "pandas")
    frozenset({'pandas._libs.lib'})
    """
    pattern = re.compile(rb"(?<![\w.])" + re.escape(top.encode()) + rb"\.[\w.]+")
    return frozenset(name.decode("ascii", "replace") for name in pattern.findall(data))
