"""``layerwright invoke``: call a function once, with its layers, as Lambda would."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from layerwright.cli.console import Console
from layerwright.cli.sandbox import add_sandbox_arguments, require_extra, sandbox_wish
from layerwright.errors import UsageError

EXAMPLES: Final = """\
examples:
  layerwright invoke app.handler --code src/ --layer deps.zip --target python3.11-x86_64 --event event.json
  echo '{"name": "world"}' | layerwright invoke app.handler --code src/ --target python3.13-arm64 --event - --root DIR
"""
FUNCTION_FAILED: Final = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("handler", metavar="HANDLER", help="module.function, as Lambda has it")
    parser.add_argument(
        "--code", type=Path, default=Path(), metavar="PATH", help="a folder or a zip (default: this folder)"
    )
    parser.add_argument(
        "--layer", type=Path, action="append", default=[], metavar="PATH", help="a zip or a folder; in order"
    )
    parser.add_argument("-t", "--target", required=True, metavar="T", help="such as python3.11-x86_64")
    parser.add_argument(
        "-e", "--event", default="{}", metavar="JSON", help="a file, - for standard input, or JSON itself"
    )
    parser.add_argument(
        "--timeout", type=int, default=3, metavar="S", help="the function's timeout (default: 3)"
    )
    parser.add_argument(
        "--memory", type=int, default=128, metavar="MB", help="the function's memory (default: 128)"
    )
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable of the function; may be given again",
    )
    parser.add_argument("--name", default="function", metavar="NAME", help="the function's name")
    parser.add_argument("--no-network", action="store_true", help="leave the function loopback alone")
    parser.add_argument(
        "--offline", action="store_true", help="fetch nothing; Lambda's client must be in the store"
    )
    add_sandbox_arguments(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Call the function: its response on stdout, its log on stderr; returns 1 where it failed."""
    require_extra()
    from layerwright.run.function import Function
    from layerwright.run.ground import prepare
    from layerwright.run.invoke import invoke
    from layerwright.run.known import Explainer
    from layerwright.targets.target import parse_target
    from layerwright.wheels.store import Store

    function = Function(
        name=arguments.name,
        handler=arguments.handler,
        code=arguments.code,
        target=parse_target(arguments.target),
        layers=tuple(arguments.layer),
        memory_mb=arguments.memory,
        timeout_s=arguments.timeout,
        variables=_variables(arguments.env),
        network=not arguments.no_network,
    )
    event = _event(arguments.event)
    store = Store()
    ground = prepare(
        function,
        store,
        lambda line, _: console.say(line),
        wish=sandbox_wish(arguments),
        offline=arguments.offline,
        explain=Explainer(function, store),
    )
    console.detail(str(ground.sandbox.fidelity))
    reply = invoke(ground, event)
    console.result(reply.payload.decode("utf-8", "replace"))
    return 0 if reply.error_type is None else FUNCTION_FAILED


def _event(text: str) -> bytes:
    if text == "-":
        return sys.stdin.buffer.read()
    if text.lstrip()[:1] in {"{", "[", '"'}:
        return text.encode()  # what is wrong with it is said of JSON, not of a file
    try:
        return Path(text).read_bytes()
    except OSError as error:
        if _is_json(text):
            return text.encode()
        raise UsageError(
            f"the event {text} can't be read: {error.strerror}", hint="a file, - for standard input, or JSON"
        ) from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _variables(words: list[str]) -> dict[str, str]:
    variables = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"--env takes NAME=VALUE, got {word!r}")
        variables[name] = value
    return variables
