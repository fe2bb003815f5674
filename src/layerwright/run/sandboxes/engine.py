"""A container engine with the runtime's public image, or one that is named: docker, podman, finch, nerdctl."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from layerwright.errors import OfflineError, RunError, UsageError
from layerwright.run.environment import Paths
from layerwright.run.sandboxes.sandbox import INSIDE, Command, Fidelity, Launch
from layerwright.targets.runtime import Runtime
from layerwright.targets.target import Target

OPTIONS: Final = "LAYERWRIGHT_ENGINE_OPTIONS"
ENGINES: Final = ("docker", "podman", "finch", "nerdctl")
_PUBLIC_IMAGE: Final = "public.ecr.aws/lambda/python:{version}-{architecture}"
_PATHS: Final = Paths()
_REFUSALS: Final = frozenset({125, 126, 127})
"""The engine itself failed; the command can't be started; there is no such command."""
_STEERING: Final = frozenset({"PATH", "HOME", "PWD", "SHLVL", "LANG", "LC_CTYPE", "TZ"})
"""Variables that the engine's own client reads."""
_START: Final = (
    'command -v /var/lang/bin/python{v} >/dev/null && exec /var/lang/bin/python{v} "$@"; exec python{v} "$@"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSandbox:
    """A container with the stack at /opt and the function at /var/task; ``options`` go to the engine's ``run``."""

    program: str
    image: str
    runtime: Runtime
    is_lambda: bool
    options: tuple[str, ...] = ()

    @property
    def paths(self) -> Paths:
        """Lambda's own paths."""
        return _PATHS

    @property
    def isolated(self) -> bool:
        """True: only files and processes of its launch are seen."""
        return True

    @property
    def emulator(self) -> None:
        """None: programs start by themselves."""
        return

    @property
    def passes_descriptors(self) -> bool:
        """False: the engine's service starts the process."""
        return False

    @property
    def fidelity(self) -> Fidelity:
        """What this is, and what differs from Lambda."""
        if self.is_lambda:
            difference = "the image has more libraries than the runtime for zip functions (AWS says so)"
        else:
            difference = f"the image is not Lambda's: {self.image}"
        return Fidelity(environment=f"image {self.image} in {self.program}", differences=(difference,))

    def command(self, launch: Launch) -> Command:
        """Return the command line that carries out a launch."""
        name = f"layerwright-{uuid.uuid4().hex[:12]}"
        target = self.runtime.target
        words = [
            self.program,
            "run",
            "--rm",
            "--interactive",
            "--name",
            name,
            "--read-only",
            "--pull",
            "missing",
        ]
        words += ["--platform", _platform(target)]
        words += [
            "--network",
            "host" if launch.network else "none",
            "--user",
            "993:990",
            "--workdir",
            _PATHS.function,
        ]
        words += ["--cap-drop", "all", "--security-opt", "no-new-privileges"]
        words += ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]  # as on Lambda
        if launch.memory_mb is not None and "--cgroups=disabled" not in self.options:
            words += ["--memory", f"{launch.memory_mb}m"]
        for source, place in (
            (launch.stack, _PATHS.layers), (launch.function, _PATHS.function), (INSIDE, _PATHS.scripts),
        ):  # fmt: skip
            words += ["--tmpfs", f"{place}:ro"] if source is None else ["--volume", f"{source}:{place}:ro"]
        if launch.packages is not None and not self.is_lambda:
            words += ["--volume", f"{launch.packages}:{_PATHS.packages}:ro"]
        if launch.temporary is None:
            words += ["--tmpfs", f"{_PATHS.temporary}:rw,mode=1777"]
        else:
            words += ["--volume", f"{launch.temporary}:{_PATHS.temporary}:rw"]
        words += _variables(launch.environment)
        words += [
            *self.options,
            "--entrypoint",
            "/bin/sh",
            self.image,
            "-c",
            _START.format(v=target.python_version),
            "sh",
        ]
        words += [f"{_PATHS.scripts}/{launch.script}", *launch.words]
        return Command(
            words=tuple(words),
            environment={**os.environ, **_by_name(launch.environment)},
            stop=(self.program, "kill", name),
            refusals=_REFUSALS,
        )


def _by_name(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the engine's client can hand on by name, so that no secret is on the command line."""
    return {
        name: value
        for name, value in environment.items()
        if name not in _STEERING and not name.startswith("LD_")
    }


def _variables(environment: Mapping[str, str]) -> Iterator[str]:
    handed_on = _by_name(environment)
    for name, value in sorted(environment.items()):
        yield from ("--env", name if name in handed_on else f"{name}={value}")


def find_engine() -> str | None:
    """Return the first engine whose service answers, None where there is none."""
    return next((name for name in ENGINES if shutil.which(name) and engine_answers(name)), None)


def engine_answers(program: str) -> bool:
    """Whether an engine can run containers: its service answers, and not just its command line is installed."""
    try:
        answer = subprocess.run(
            [program, "info"], capture_output=True, check=False, timeout=20, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def engine_sandbox(
    program: str,
    runtime: Runtime,
    image: str | None,
    *,
    offline: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> EngineSandbox:
    """Return the sandbox of an engine; without an image, the runtime's public one. The image is there when this returns.

    ``LAYERWRIGHT_ENGINE_OPTIONS`` holds further options for its ``run``, for engines that need some here. Raises UsageError for an engine
    that is not installed, RunError for one whose service does not answer or that can't get the image, OfflineError where it would have to.
    """
    if shutil.which(program) is None:
        raise UsageError(
            f"the container engine {program} is not installed", hint=f"known are {', '.join(ENGINES)}"
        )
    if not engine_answers(program):
        raise RunError(
            f"{program} is installed, and its service does not answer", hint=f"see `{program} info`"
        )
    target = runtime.target
    public = _PUBLIC_IMAGE.format(version=target.python_version, architecture=target.architecture)
    _have_image(program, image or public, _platform(target), offline=offline)
    return EngineSandbox(
        program=program,
        image=image or public,
        runtime=runtime,
        is_lambda=image is None,
        options=tuple(shlex.split(environment.get(OPTIONS, ""))),
    )


def _platform(target: Target) -> str:
    return f"linux/{'arm64' if target.architecture == 'arm64' else 'amd64'}"


def _have_image(program: str, image: str, platform: str, *, offline: bool) -> None:
    """Fetch an image that the engine has not: at the start of a function, this would count as its init, and fail as its error."""
    if _asked(program, "image", "inspect", image).returncode == 0:
        return
    hint = "`--image` names another image, `--root` a root filesystem"
    if offline:
        raise OfflineError(f"{program} has no image {image}", hint=hint)
    pulled = _asked(program, "pull", "--quiet", "--platform", platform, image)
    if pulled.returncode != 0:
        said = pulled.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RunError(
            f"{program} can't get the image {image}: {said[-1] if said else 'it does not say why'}", hint=hint
        )


def _asked(program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([program, *words], capture_output=True, check=False, stdin=subprocess.DEVNULL)
