"""Where the command line prints: results on stdout, all else on stderr, colour only on a terminal that wants it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from layerwright.errors import LayerwrightError


class Console:
    """The two streams of a command, and how much it is to say."""

    def __init__(self, out: TextIO, err: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        """Look at the streams once."""
        self._out = out
        self._err = err
        self._environment = environment
        self.quiet = False
        self.verbose = 0

    def configure(self, *, quiet: bool, verbose: int) -> None:
        """Take the options that every command has."""
        self.quiet, self.verbose = quiet, verbose

    @property
    def interactive(self) -> bool:
        """Whether progress can be shown: stderr is a terminal, and nobody asked for quiet."""
        return self._err.isatty() and not self.quiet and self._environment.get("TERM") != "dumb"

    @property
    def colour(self) -> bool:
        """Whether results may be coloured (no-color.org, and FORCE_COLOR for CI that shows colour)."""
        if self._environment.get("NO_COLOR"):
            return False
        if self._environment.get("FORCE_COLOR"):
            return True
        return self._out.isatty() and self._environment.get("TERM") != "dumb"

    def result(self, text: str) -> None:
        """Print what was asked for, on stdout."""
        self._out.write(text if text.endswith("\n") else f"{text}\n")
        self._out.flush()

    def say(self, text: str) -> None:
        """Print something by the way, on stderr, unless quiet was asked for."""
        if not self.quiet:
            self._err.write(text if text.endswith("\n") else f"{text}\n")
            self._err.flush()

    def detail(self, text: str) -> None:
        """Print something for those who asked for more, on stderr."""
        if self.verbose:
            self.say(text)

    def fail(self, error: LayerwrightError) -> None:
        """Print an error and its hint, on stderr."""
        self._err.write(f"error: {error}\n")
        if error.hint:
            self._err.write(f"hint: {error.hint}\n")
        self._err.flush()
