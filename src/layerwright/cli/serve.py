"""``layerwright serve``: the declared functions as an endpoint that clients of AWS Lambda call."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from layerwright.cli.console import Console
from layerwright.cli.sandbox import add_sandbox_arguments, require_extra, sandbox_wish
from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.run.declared import DeclaredFunction
    from layerwright.run.serve import Running

EXAMPLES: Final = """\
examples:
  layerwright serve                      # the functions that [tool.layerwright.functions.*] declares
  layerwright serve worker --port 9001 --endpoint-url http://127.0.0.1:5000
  aws lambda invoke --endpoint-url http://127.0.0.1:9000 --function-name worker --payload '{}' out.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("functions", nargs="*", metavar="NAME", help="a declared function (default: all)")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="layerwright.toml or pyproject.toml (default: the nearest)",
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=9000, metavar="N", help="of the invoke API (default: 9000; 0 for any)"
    )
    parser.add_argument("--endpoint-url", metavar="URL", help="of SQS (default: as boto3 finds it)")
    parser.add_argument(
        "--offline", action="store_true", help="fetch nothing; Lambda's client must be in the store"
    )
    parser.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="of what is logged on stderr"
    )
    add_sandbox_arguments(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Serve until interrupted."""
    require_extra()
    from layerwright.run.environment import DEFAULT_REGION
    from layerwright.run.serve import Server, ServeSettings, serve

    declared = _declared(arguments)
    log = _Log(console, as_json=arguments.log_format == "json")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    settings = ServeSettings(
        make_ground=_ground_maker(arguments, log),
        make_client=lambda: _sqs(arguments.endpoint_url, region),
        on_note=log.note,
        host=arguments.host,
        port=arguments.port,
        region=region,
    )
    serve(Server(declared, settings), lambda running: _announce(running, declared, console), log.note)
    return 0


def _declared(arguments: argparse.Namespace) -> tuple[DeclaredFunction, ...]:
    from layerwright.pipeline.declaration import find_configuration, read_configuration
    from layerwright.run.declared import Project, declared_functions

    path = arguments.config or find_configuration(Path.cwd())
    if path is None:
        raise UsageError(
            "nothing to serve: no layerwright.toml or [tool.layerwright] was found",
            hint="declare [tool.layerwright.functions.NAME] with handler, code, target and layers",
        )
    configuration = read_configuration(path)
    zips = {layer.name: layer for layer in configuration.layers}

    def layer_zip(name: str, target: str) -> Path | None:
        layer = zips.get(name)
        return layer.path(layer.output, target) if layer is not None else None

    project = Project(path=path, functions=configuration.sections.get("functions", {}), layer_zip=layer_zip)
    return declared_functions(project, os.environ, tuple(arguments.functions))


def _ground_maker(arguments: argparse.Namespace, log: _Log) -> Callable[..., Any]:
    from layerwright.run.ground import prepare
    from layerwright.run.known import Explainer
    from layerwright.wheels.store import Store

    store = Store()
    wish = sandbox_wish(arguments)
    return lambda function: prepare(
        function,
        store,
        log.of(function.name),
        wish=wish,
        offline=arguments.offline,
        explain=Explainer(function, store),
    )


def _sqs(endpoint_url: str | None, region: str) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise UsageError("queues need boto3", hint="pip install 'layerwright[run]'") from error
    retries = Config(retries={"max_attempts": 3, "mode": "standard"}, max_pool_connections=64)
    return boto3.client("sqs", endpoint_url=endpoint_url, region_name=region, config=retries)


def _announce(running: Running, declared: Sequence[DeclaredFunction], console: Console) -> None:
    """Say where what is served, on stdout; the first line is the endpoint's URL alone."""
    lines = [running.url]
    for one in declared:
        name = one.function.name
        lines.append(f"function {name}: {running.url}/2015-03-31/functions/{name}/invocations")
        if name in running.urls:
            lines.append(f"function {name}: its URL is {running.urls[name]}/")
        lines += [f"function {name}: takes from the queue {mapping.queue}" for mapping in one.queues]
    console.result("\n".join(lines))


class _Log:
    """Lines on stderr, each with its time and its function."""

    def __init__(self, console: Console, *, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json

    def of(self, function: str) -> Callable[[str, str | None], None]:
        """Return what takes the lines of a function."""
        return lambda line, request_id: self._write(line, function, request_id)

    def note(self, line: str) -> None:
        """Take a line of the server's own."""
        self._write(line, None, None)

    def _write(self, line: str, function: str | None, request_id: str | None) -> None:
        if self._console.quiet:
            return
        now = time.time()
        if self._as_json:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
            record = {"time": stamp, "function": function, "requestId": request_id, "message": line}
            self._console.say(json.dumps({key: value for key, value in record.items() if value is not None}))
        elif line:
            self._console.say(
                f"{time.strftime('%H:%M:%S', time.localtime(now))} {function or 'layerwright'} | {line}"
            )
