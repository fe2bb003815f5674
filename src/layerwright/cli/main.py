"""The entry point: has the words carried out, and turns errors into messages and exit codes.

Little is imported here: a command that has nothing to do must cost little more than starting Python.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from layerwright._version import __version__
from layerwright.cli.again import recall
from layerwright.cli.console import Console
from layerwright.errors import InternalError, LayerwrightError

_INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    console = Console(sys.stdout, sys.stderr)
    try:
        return _run(words, console)
    except LayerwrightError as error:
        console.fail(error)
        return error.exit_code
    except KeyboardInterrupt:
        console.say("interrupted; nothing was left half written")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): say nothing more, not even at exit.
        sys.stdout = open("/dev/null", "w") if sys.platform != "win32" else open("nul", "w")  # noqa: PTH123, SIM115
        return 0
    except Exception as error:
        return _report_bug(error, console, words)


def _run(words: list[str], console: Console) -> int:
    code = recall(words, console)
    if code is not None:
        return code
    from layerwright.cli.parser import run_words

    return run_words(words, console)


def _report_bug(error: Exception, console: Console, words: Sequence[str]) -> int:
    import platform
    import traceback

    if console.verbose >= 2:
        console.say("".join(traceback.format_exception(error)))
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.filename.replace(os.sep, '/').rpartition('/layerwright/')[2]}:{place.lineno}"
    bug = InternalError(
        f"a bug in layerwright {__version__}: {type(error).__name__}: {error} (at {where}, Python "
        f"{platform.python_version()}, {platform.system()}; command: {' '.join(words[:1])})",
        hint="please report it with the output of the same command with -vv",
    )
    console.fail(bug)
    return bug.exit_code
