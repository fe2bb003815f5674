"""Other tools that make Lambda packages: where they are, how they are installed, and what they are told.

Each gets a set's requirements, or the exact versions of its lock. What a tool can't build is a result; which targets it
doesn't offer at all is told here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cases import BenchSet, Command
from bench.measure import BenchError
from bench.workspace import UV, Workspace, emptied

DISTRIBUTIONS: Final = {"sam": "aws-sam-cli", "chalice": "chalice", "pex": "pex", "auditwheel": "auditwheel"}
_LONGEST_S: Final = 180.0
_APP: Final = """\
from chalice import Chalice

app = Chalice(app_name="bench")


@app.lambda_function()
def handler(event, context):
    return event
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The programs that are there, by their command's name."""

    programs: Mapping[str, Path]


def find_peers() -> Peers:
    """Return the tools that are on the PATH."""
    found = {name: shutil.which(name) for name in DISTRIBUTIONS}
    return Peers(programs={name: Path(path) for name, path in found.items() if path})


def install_peers(folder: Path) -> Peers:
    """Install each tool into a virtual environment of its own below a folder, where it is not there yet."""
    programs = {}
    for name, distribution in DISTRIBUTIONS.items():
        place = folder / name
        program = place / "bin" / name
        if not program.exists():
            # chalice wants these, and no longer gets them from venv.
            seeds = ["pip", "setuptools", "wheel"] if name == "chalice" else []
            _run([sys.executable, "-m", "venv", str(place)])
            _run(
                [
                    UV,
                    "pip",
                    "install",
                    "--quiet",
                    "--python",
                    str(place / "bin" / "python"),
                    distribution,
                    *seeds,
                ]
            )
        programs[name] = program
    return Peers(programs=programs)


def peer_commands(
    workspace: Workspace, case: BenchSet, peers: Peers, *, locked: bool, cold: bool
) -> tuple[Command, ...]:
    """Return a command for each tool that is there and offers the set's target."""
    makers = {"sam": _sam, "chalice": _chalice, "pex": _pex}
    commands = []
    for name, maker in makers.items():
        program = peers.programs.get(name)
        if program is None:
            continue
        place = workspace.scratch(case, f"{name}-{'locked' if locked else 'unlocked'}")
        words = maker(program, case.target, place)
        if words is None:
            continue
        given = workspace.pins(case) if locked else workspace.requirements(case)
        for folder in (place, place / "layer"):
            shutil.copyfile(given, folder / "requirements.txt")
        caches = place / "caches"
        for made in (caches, place / "out"):
            made.mkdir(exist_ok=True)
        environment = {**workspace.environment(caches if cold else None), "AWS_DEFAULT_REGION": "us-east-1"}
        commands.append(
            Command(
                name=name if locked else f"{name}, no lock",
                words=words,
                folder=place,
                environment=environment,
                before=emptied(place / "out", *([caches] if cold else [])),
                may_fail=True,
                timeout_s=_LONGEST_S,
            )
        )
    return tuple(commands)


def audit_command(workspace: Workspace, case: BenchSet, peers: Peers) -> Command | None:
    """Return ``auditwheel show`` for each wheel of a set that holds binaries, None where the tool is not there."""
    program = peers.programs.get("auditwheel")
    if program is None:
        return None
    place = workspace.scratch(case, "auditwheel")
    for wheel in workspace.wheels(case):
        named = place / wheel.filename
        if "-any." not in wheel.filename and not named.exists():
            os.link(wheel.path, named)
    words = ("sh", "-c", f'for wheel in *.whl; do "{program}" show "$wheel" || exit; done')
    return Command(
        name="auditwheel show", words=words, folder=place, environment=workspace.environment(), may_fail=True
    )


def _sam(program: Path, target: str, place: Path) -> tuple[str, ...] | None:
    runtime, _, architecture = target.partition("-")
    if shutil.which(runtime) is None:
        return None  # sam builds with the runtime's own interpreter
    metadata = {"BuildMethod": runtime, "BuildArchitecture": architecture}
    properties = {
        "ContentUri": "layer",
        "CompatibleRuntimes": [runtime],
        "CompatibleArchitectures": [architecture],
    }
    layer = {"Type": "AWS::Serverless::LayerVersion", "Properties": properties, "Metadata": metadata}
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Layer": layer}}
    _write(place / "template.json", json.dumps(template))
    (place / "layer").mkdir(exist_ok=True)
    return (str(program), "build", "--template", "template.json", "--build-dir", "out")


def _chalice(program: Path, target: str, place: Path) -> tuple[str, ...] | None:
    if target != f"python{sys.version_info.major}.{sys.version_info.minor}-x86_64":
        return None  # chalice builds for the interpreter that runs it, on x86_64
    _write(place / "app.py", _APP)
    _write(
        place / ".chalice" / "config.json",
        json.dumps({"version": "2.0", "app_name": "bench", "stages": {"dev": {}}}),
    )
    (place / "layer").mkdir(exist_ok=True)
    return (str(program), "package", "out")


def _pex(program: Path, target: str, place: Path) -> tuple[str, ...] | None:
    runtime, _, architecture = target.partition("-")
    minor = runtime.partition(".")[2]
    glibc = "2_26" if int(minor) < 12 else "2_34"
    machine = {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
    (place / "layer").mkdir(exist_ok=True)
    platform = f"manylinux_{glibc}_{machine}-cp-3{minor}-cp3{minor}"
    return (
        str(program),
        "-r",
        "requirements.txt",
        "--no-build",
        "--platform",
        platform,
        "-o",
        "out/layer.pex",
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _run(words: list[str]) -> None:
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    if run.returncode:
        raise BenchError(f"{' '.join(words[:4])} ...: exit {run.returncode}\n{run.stderr.strip()}")
