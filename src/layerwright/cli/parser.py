"""The command line's words are taken apart by the module of the command that they name, which then runs.

Only that module is imported.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Final, NoReturn, Protocol, cast

from layerwright._version import __version__
from layerwright.cli.console import Console

COMMANDS: Final = {
    "build": "resolve, fetch, assemble, check, and write layer zips",
    "lock": "resolve for a target, and write the lock (pylock.toml)",
    "publish": "check a layer and publish it on AWS, in any number of regions",
    "use": "give functions a version of a layer, and wait until they have it",
    "prune": "delete versions of a layer that no function uses",
    "emit": "print infrastructure code for a built layer",
    "check": "judge layers for a target: will they import, and if not, why not",
    "explain": "say what a check means, or where an error message of Lambda comes from",
    "rules": "list the checks",
    "prove": "import every module for real, in the closest environment at hand",
    "invoke": "call a function once, with its layers, as Lambda would",
    "serve": "serve declared functions as an endpoint that clients of Lambda call",
    "inventory": "describe a root filesystem as a runtime, for --target",
    "targets": "list the runtimes and architectures, and what is known of them",
    "cache": "show, verify or clean the store",
}
_EPILOG: Final = """\
examples:
  layerwright build -r requirements.txt --target python3.11-x86_64 -o layer.zip
  layerwright build "psycopg2-binary==2.9.9" --target python3.11-arm64

exit codes:
  0 fine · 1 error findings, or a module that does not import · 2 usage · 3 no solution · 4 network
  5 integrity · 6 a source build failed · 7 AWS · 8 the run itself failed · 70 a bug of ours
"""


class Command(Protocol):
    """What a command's module holds."""

    EXAMPLES: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, arguments: argparse.Namespace, console: Console) -> int:
        """Carry out the command; returns the exit code."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors have our exit code and form."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        sys.stderr.write(f"error: {message}\nhint: `{self.prog} --help` shows an example\n")
        raise SystemExit(2)


def run_words(words: list[str], console: Console) -> int:
    """Run the command that the words name; returns its exit code."""
    if not words or words[0] not in COMMANDS:
        parser = _top_parser()
        parser.parse_args(words or ["--help"])
        return 2
    name, rest = words[0], words[1:]
    module = cast("Command", importlib.import_module(f"layerwright.cli.{name}"))
    parser = _Parser(
        prog=f"layerwright {name}",
        description=COMMANDS[name][0].upper() + COMMANDS[name][1:] + ".",
        epilog=module.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    _add_common(parser)
    arguments = parser.parse_args(rest, argparse.Namespace(words=words))
    console.configure(quiet=arguments.quiet, verbose=arguments.verbose)
    return module.run(arguments, console)


def _top_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  {name:<{width}}  {text}" for name, text in COMMANDS.items())
    parser = _Parser(
        prog="layerwright",
        usage="layerwright COMMAND [OPTIONS]",
        description=f"AWS Lambda layers for Python that are known to import before they are deployed.\n\n{listing}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"layerwright {__version__}")
    parser.add_argument("command", choices=tuple(COMMANDS), help=argparse.SUPPRESS)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "-q", "--quiet", action="store_true", help="only errors, and the result that was asked for"
    )
    group.add_argument("-v", "--verbose", action="count", default=0, help="say more; twice, with tracebacks")
