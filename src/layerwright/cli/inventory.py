"""``layerwright inventory``: describe a root filesystem as a runtime, for ``--target``."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Final

from layerwright.cli.console import Console
from layerwright.errors import UsageError

EXAMPLES: Final = """\
examples:
  layerwright inventory rootfs/ --python 3.11 --arch x86_64 -o my-image.toml
  layerwright check layer.zip --target my-image.toml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "root", metavar="ROOT", help="the folder that is / for the function, such as an unpacked image"
    )
    parser.add_argument("--python", required=True, metavar="X.Y", help="the minor version of its interpreter")
    parser.add_argument("--arch", required=True, choices=("x86_64", "arm64"))
    parser.add_argument("-o", "--output", metavar="FILE", help="where to (default: stdout)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Look at the files, run none of them, and write the description."""
    from layerwright.binaries.inventory import inventory
    from layerwright.layer.plan import whole_file
    from layerwright.targets.description import write_description

    version = re.fullmatch(r"(\d+)\.(\d+)", arguments.python)
    if version is None:
        raise UsageError(f"--python {arguments.python!r} is no minor version", hint="such as 3.11")
    runtime = inventory(
        Path(arguments.root), python=(int(version[1]), int(version[2])), architecture=arguments.arch
    )
    text = write_description(runtime)
    if arguments.output is None:
        console.result(text)
        return 0
    with whole_file(Path(arguments.output)) as file:
        file.write(text.encode())
    console.say(f"{arguments.output}: {runtime.title}, {len(runtime.libraries)} libraries")
    return 0
