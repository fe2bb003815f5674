"""How far a long step is, told to whoever wants to show it; library functions never print."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of a step's beginning, its advance in bytes (or in things, where there are no bytes), and its end.

    Steps have names: ``resolve``, ``fetch``, ``write``, ``upload to us-east-1``. Methods may be called from several threads.
    """

    def begin(self, step: str, total: int | None) -> None:
        """A step begins; ``total`` is None where it is not known."""

    def advance(self, step: str, amount: int) -> None:
        """A step went on by ``amount``."""

    def end(self, step: str) -> None:
        """A step is over."""


class Silent:
    """A progress that nobody watches."""

    def begin(self, step: str, total: int | None) -> None:
        """Do nothing."""

    def advance(self, step: str, amount: int) -> None:
        """Do nothing."""

    def end(self, step: str) -> None:
        """Do nothing."""
