"""The last line of a build's text."""

from __future__ import annotations


def count_text(*, written: int = 0, unchanged: int = 0, refused: int = 0, seconds: float) -> str:
    """Return how many layers were built, what became of them, and how long it took.

    >>> count_text(written=2, unchanged=1, seconds=0.25)
    '3 layers: 2 written, 1 unchanged in 0.25 s'
    """
    layers = written + unchanged + refused
    parts = [(written, "written"), (unchanged, "unchanged"), (refused, "refused")]
    words = ", ".join(f"{number} {word}" for number, word in parts if number)
    return f"{layers} layer{'s' if layers != 1 else ''}: {words} in {seconds:.2f} s"
