"""Every error that layerwright raises on purpose.

    LayerwrightError
    ├── UsageError            2   the call, a file or a setting makes no sense
    ├── NoSolutionError       3   no set of versions satisfies the requirements
    ├── NetworkError          4   an index or a file could not be reached
    │   └── OfflineError      4   offline was asked for, and something is not in the store
    ├── IntegrityError        5   a hash differs, or a file is corrupt
    ├── BuildError            6   a source distribution could not be built for the target
    ├── AwsError              7   an AWS call was refused or failed
    ├── RunError              8   the sandbox, the engine or the emulator failed, not the code in it
    └── InternalError        70   a bug of ours

The number is the exit code of the command. What is wrong with a *layer* is not an error: it is a
finding (``layerwright.checks``). What is expected to be missing is a value.
"""

from __future__ import annotations

from typing import ClassVar


class LayerwrightError(Exception):
    """Base of all errors raised on purpose.

    ``str(error)`` says what, where, what was got and what was expected. ``hint`` says what to do next, or is None.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep the message and the hint."""
        super().__init__(message)
        self.hint = hint


class UsageError(LayerwrightError):
    """The command line, a configuration file or an input file makes no sense."""

    exit_code = 2


class NoSolutionError(LayerwrightError):
    """No set of versions satisfies the requirements for the target."""

    exit_code = 3


class NetworkError(LayerwrightError):
    """An index or a file could not be reached, after retries."""

    exit_code = 4


class OfflineError(NetworkError):
    """Offline was asked for, and something needed is not in the store."""


class IntegrityError(LayerwrightError):
    """A hash differs from the one expected, or a file is corrupt."""

    exit_code = 5


class BuildError(LayerwrightError):
    """A source distribution could not be turned into a wheel that fits the target."""

    exit_code = 6


class AwsError(LayerwrightError):
    """An AWS call was refused or failed; the message names the call and what is missing."""

    exit_code = 7


class RunError(LayerwrightError):
    """The sandbox, the container engine or the emulator failed, not the code that it ran."""

    exit_code = 8


class InternalError(LayerwrightError):
    """A bug of ours."""

    exit_code = 70
