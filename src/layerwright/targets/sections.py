"""Long lists of words as text: headed sections, quick to read and easy to compare.

# a comment, before the first section only
[GLIBC_2.17]
memcpy memmove
[GLIBC_2.25]
explicit_bzero getrandom
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

_WIDTH: Final = 119


def read_sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Give each section's heading with its words, in the order of the text.

    >>> list(read_sections("# comment\\n[a b]\\none two\\nthree\\n[c]\\n"))
    [('a b', ['one', 'two', 'three']), ('c', [])]

    Raises ValueError when there is a word before the first heading, or a heading has no end.
    """
    start, *sections = ("\n" + text).split("\n[")
    if any(not line.startswith("#") for line in start.splitlines() if line.strip()):
        raise ValueError(f"expected a [heading], got {start.strip().splitlines()[-1]!r}")
    for section in sections:
        heading, bracket, words = section.partition("]\n")
        if not bracket:
            heading, bracket, words = section.partition("]")
        if not bracket or "\n" in heading:
            raise ValueError(f"expected ']' at the end of the heading {heading.splitlines()[0]!r}")
        yield heading, words.split()


def write_sections(sections: Mapping[str, Collection[str]], *, comment: str = "") -> str:
    """Return the text that ``read_sections`` reads as ``sections``, each one's words sorted and wrapped."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for heading, words in sections.items():
        lines.append(f"[{heading}]")
        line = ""
        for word in sorted(words):
            if len(line) + len(word) > _WIDTH and line:
                lines.append(line)
                line = ""
            line = f"{line} {word}" if line else word
        lines += [line] if line else []
    return "\n".join(lines) + "\n"
