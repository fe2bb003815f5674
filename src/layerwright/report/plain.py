"""Text of layers that nobody vouches for, made safe to print: a file name can hold escape codes and line breaks."""

from __future__ import annotations


def plain(text: str) -> str:
    r"""Return the text with whatever can't be printed written as an escape.

    >>> plain("python/\x1b[31mred\n")
    'python/\\x1b[31mred\\n'
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
