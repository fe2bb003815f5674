"""``layerwright check``: will these layers import, and if not, why not."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.cli.again import Look, look_at_contents, look_at_status, remember
from layerwright.cli.aws import add_aws_arguments
from layerwright.cli.console import Console
from layerwright.cli.progress import progress_on
from layerwright.errors import UsageError
from layerwright.pipeline.declaration import configuration_places
from layerwright.wheels.store import Store

if TYPE_CHECKING:
    from layerwright.checks.question import Question, Verdict
    from layerwright.targets.target import Target

EXAMPLES: Final = """\
examples:
  layerwright check layer.zip --target python3.11-x86_64
  layerwright check deps.zip common/ --function src/ --handler app.handler --target python3.12-arm64
  layerwright check arn:aws:lambda:us-east-1:111122223333:layer:psycopg2-py311:1 --target python3.11-x86_64
  layerwright check function:document-processor      # as it stands on AWS, with its layers
  layerwright check layer.zip            # which runtimes and architectures would it serve?
"""
_FORMATS: Final = ("text", "json", "sarif", "github")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "layers",
        nargs="+",
        metavar="LAYER",
        help="a zip, a folder that stands for /opt, a layer's ARN, or function:NAME; in order",
    )
    parser.add_argument(
        "-t", "--target", metavar="T", help="such as python3.11-x86_64, or a described runtime (.toml)"
    )
    parser.add_argument(
        "--each", action="store_true", help="judge each layer alone, not as a stack (for hooks)"
    )
    parser.add_argument("--function", metavar="PATH", help="the function's code, a folder or a zip")
    parser.add_argument("--handler", metavar="NAME", help="as configured on Lambda, such as app.handler")
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable of the function"
    )
    parser.add_argument(
        "--extra", action="append", default=[], metavar="PROJECT[EXTRA]", help="an extra that is relied on"
    )
    parser.add_argument(
        "--select", action="append", default=[], metavar="ID", help="only these checks; elf-* is a pattern"
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="ID[=REASON]",
        help="set findings aside, told with the reason",
    )
    parser.add_argument(
        "--format", choices=_FORMATS, default="text", help="text (default), json, sarif or github"
    )
    add_aws_arguments(parser, many_regions=False)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Judge; returns 1 where there is an error finding, or a check crashed."""
    from layerwright.checks.verify import judge
    from layerwright.targets.target import parse_target

    if arguments.each and len(arguments.layers) > 1:
        return _each(arguments, console)
    question = _question(arguments)
    today = datetime.now(UTC).date()
    if any(map(_is_deployed, arguments.layers)):
        from layerwright.cli.deployed import ask_aws

        question, target_name = ask_aws(question, arguments, console)
        arguments.target = arguments.target or target_name
    if arguments.target is None:
        return _which(arguments, console, question, today)
    target = parse_target(arguments.target)
    looks = _looks(question, target)
    with progress_on(console):
        verdict = judge(question, target, today, Store())
    report = _report(verdict, question, arguments.format, console)
    console.result(report)
    code = 0 if verdict.result.ok else 1
    if looks and not verdict.result.crashed:
        remember(arguments.words, console, Store(), looks=looks, result=report, code=code)
    return code


def _looks(question: Question, target: Target) -> list[Look]:
    """Look at every file that the verdict depends on; empty where there is a folder, whose files are too many."""
    files = (*question.layers, *((question.function,) if question.function else ()))
    if not all(path.is_file() for path in files):
        return []
    described = (target.description,) if target.description else ()
    small = look_at_contents((*configuration_places(Path.cwd()), *described))
    return [*small, *map(look_at_status, files)]


def _each(arguments: argparse.Namespace, console: Console) -> int:
    """Judge each layer by itself; returns 1 where one is not fine."""
    if arguments.format not in {"text", "github"}:
        raise UsageError(f"--each prints one report a layer, and --format {arguments.format} has one in all")
    words = vars(arguments)
    codes = [run(argparse.Namespace(**{**words, "layers": [layer]}), console) for layer in arguments.layers]
    return max(codes)


def _is_deployed(word: str) -> bool:
    return word.startswith(("arn:", "function:"))


def _names_function(word: str) -> bool:
    return word.startswith("function:") or (word.startswith("arn:") and ":function:" in word)


def _which(arguments: argparse.Namespace, console: Console, question: Question, today: date) -> int:
    """Print which of Lambda's targets the layers would serve; returns 1 where it is none."""
    from layerwright.checks.serves import judge_services
    from layerwright.checks.verify import read_contents

    if arguments.format not in {"text", "json"}:
        raise UsageError(
            f"--format {arguments.format} is about one target", hint="name it: --target python3.11-x86_64"
        )
    with progress_on(console):
        contents = read_contents(question, Store())
        services = judge_services(contents, question, today)
    if arguments.format == "json":
        from layerwright.report.check_json import serves_json

        console.result(serves_json(contents.stack.layers, services))
    else:
        from layerwright.report.check_text import serves_text

        console.result(serves_text(services, colour=console.colour))
    return 1 if all(service.ok is False for service in services) else 0


def _question(arguments: argparse.Namespace) -> Question:
    from layerwright.checks.question import Question
    from layerwright.pipeline.declaration import find_configuration, read_configuration

    found = find_configuration(Path.cwd())
    settings = read_configuration(found).check if found else None
    select = tuple(arguments.select) or (settings.select if settings else ())
    ignore = dict(settings.ignore) if settings else {}
    for word in arguments.ignore:
        name, _, reason = word.partition("=")
        ignore[name] = reason or "--ignore"
    if arguments.handler and not (arguments.function or any(map(_names_function, arguments.layers))):
        raise UsageError("--handler names a handler of the function, and no --function was given")
    return Question(
        layers=tuple(map(Path, arguments.layers)),
        function=Path(arguments.function) if arguments.function else None,
        handler=arguments.handler,
        extras=_extras(arguments.extra),
        environment=_variables(arguments.env) if arguments.env else None,
        select=select,
        ignore=ignore,
    )


def _extras(words: list[str]) -> dict[str, frozenset[str]]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    extras: dict[str, frozenset[str]] = {}
    for word in words:
        try:
            requirement = Requirement(word)
        except InvalidRequirement as error:
            raise UsageError(f"--extra {word!r} is not of the form PROJECT[EXTRA]") from error
        name = canonicalize_name(requirement.name)
        extras[name] = extras.get(name, frozenset()) | frozenset(requirement.extras)
    return extras


def _variables(words: list[str]) -> dict[str, str]:
    variables = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--env {word!r} is not of the form NAME=VALUE")
        variables[name] = value
    return variables


def _report(verdict: Verdict, question: Question, form: str, console: Console) -> str:
    match form:
        case "json":
            from layerwright.report.check_json import check_json

            return check_json(verdict)
        case "sarif":
            from layerwright.report.sarif import check_sarif

            return check_sarif(verdict)
        case "github":
            from layerwright.report.github import check_github

            return check_github(verdict)
        case _:
            from layerwright.report.check_text import check_text

            code = question.function
            function = question.names.get(code, str(code)) if code else None
            return check_text(verdict, function=function, colour=console.colour)
