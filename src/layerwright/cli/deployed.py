"""What ``check`` is to judge on AWS, brought here: layers by their ARN, and a function with its layers."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from layerwright.checks.question import Question
from layerwright.cli.aws import aws_from
from layerwright.cli.console import Console
from layerwright.cli.progress import progress_on
from layerwright.errors import UsageError
from layerwright.ship.deployed import DeployedFunction, DeployedZip, fetch_function, fetch_layer
from layerwright.ship.layer_name import is_layer_arn
from layerwright.wheels.store import Store


def ask_aws(
    question: Question, arguments: argparse.Namespace, console: Console
) -> tuple[Question, str | None]:
    """Return the question about what was brought here, and the target of the function, None where none was named.

    Raises AwsError as ``fetch_layer`` does, and UsageError where a function and another one are named.
    """
    store, aws = Store(), aws_from(arguments)
    layers: list[DeployedZip] = []
    function: DeployedFunction | None = None
    with progress_on(console) as progress:
        for word in arguments.layers:
            if is_layer_arn(word):
                layers.append(fetch_layer(word, aws, store, progress=progress))
            elif word.startswith(("function:", "arn:")):
                if function is not None or question.function is not None:
                    raise UsageError(
                        "one function at a time: layers are judged with the function that has them"
                    )
                region = "" if word.count(":") >= 6 else arguments.region or aws.default_region()
                function = fetch_function(word, aws, store, region=region, progress=progress)
                layers.extend(function.layers)
            else:
                layers.append(DeployedZip(name=word, path=Path(word)))
    names = {layer.path: layer.name for layer in layers}
    asked = replace(question, layers=tuple(layer.path for layer in layers), names=names)
    if function is None:
        return asked, None
    named = replace(
        asked,
        function=function.code.path,
        handler=question.handler or function.handler,
        environment=question.environment if question.environment is not None else function.environment,
        names={**names, function.code.path: function.code.name},
    )
    return named, str(function.target)
