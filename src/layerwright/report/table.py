"""A plain table: columns as wide as they need, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence


def table_text(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()
) -> str:
    """Return the lines of a table; ``right`` are the indexes of columns that stand to the right.

    >>> print(table_text(("name", "size"), [("a", "10 KB"), ("bc", "2 MB")], right=frozenset({1})))
    name   size
    a     10 KB
    bc     2 MB
    """
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = []
    for row in (header, *rows):
        cells = [
            f"{cell:>{width}}" if index in right else f"{cell:<{width}}"
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
