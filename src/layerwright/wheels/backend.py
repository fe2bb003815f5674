"""A project's own build backend, run to get its wheel.

What the backend needs is installed by uv from wheels alone, with the network but without running anything of a package. Then the
backend runs, without the network, in a sandbox where the host has one.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from layerwright.wheels.confine import confined, confined_environment, find_bubblewrap

_DEFAULT_REQUIRES: Final = ("setuptools>=40.8.0",)
_DEFAULT_BACKEND: Final = "setuptools.build_meta:__legacy__"
_SHOWN_LINES: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSystem:
    """What pyproject.toml says of how a project is built (PEP 517, PEP 518)."""

    requires: tuple[str, ...]
    backend: str
    backend_path: tuple[str, ...]


class BackendError(Exception):
    """A build that went wrong, with the end of what it printed; never leaves ``wheels``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a build is done with: a folder of its own, the Python to use, uv and its settings."""

    folder: Path
    python: str
    uv: str
    uv_arguments: tuple[str, ...]
    config_settings: Mapping[str, str]


def read_build_system(project: Path) -> BuildSystem:
    """Return how the project in a folder is built; raises BackendError where it is no Python project."""
    file = project / "pyproject.toml"
    if not file.is_file():
        if not (project / "setup.py").is_file():
            raise BackendError("it has neither pyproject.toml nor setup.py")
        return BuildSystem(requires=_DEFAULT_REQUIRES, backend=_DEFAULT_BACKEND, backend_path=())
    try:
        table: dict[str, Any] = tomllib.loads(file.read_text("utf-8")).get("build-system", {})
        requires = tuple(map(str, table.get("requires", _DEFAULT_REQUIRES)))
        backend_path = tuple(map(str, table.get("backend-path", ())))
        return BuildSystem(
            requires=requires,
            backend=str(table.get("build-backend", _DEFAULT_BACKEND)),
            backend_path=backend_path,
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise BackendError(f"its pyproject.toml can't be read: {error}") from error


def run_backend(project: Path, shop: Workshop) -> Path:
    """Build the project's wheel and return where it is, in the workshop's folder.

    Raises BackendError where what it needs can't be had, or the backend fails.
    """
    import pyproject_hooks  # costs more than a build that has nothing to build may

    system = read_build_system(project)
    runner = _Runner(shop)
    runner.install(system.requires)
    output = shop.folder / "wheel"
    output.mkdir()
    settings = dict(shop.config_settings)
    try:
        hooks = pyproject_hooks.BuildBackendHookCaller(
            str(project),
            system.backend,
            backend_path=system.backend_path or None,
            runner=runner,
            python_executable=str(runner.python),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the backend's own, about what its project should change
            runner.install(tuple(map(str, hooks.get_requires_for_build_wheel(settings))))
            name = hooks.build_wheel(str(output), settings)
    except pyproject_hooks.BackendUnavailable as error:
        raise BackendError(
            f"its backend {system.backend} can't be imported:\n{_tail(error.traceback)}"
        ) from error
    except (pyproject_hooks.HookMissing, ValueError, KeyError, OSError) as error:
        raise BackendError(f"its backend {system.backend} doesn't work: {error}") from error
    wheel = output / Path(str(name)).name
    if not wheel.is_file():
        raise BackendError(f"its backend {system.backend} says it made {name}, and there is no such file")
    return wheel


class _Runner:
    """An environment for a build, and how commands are run in it."""

    def __init__(self, shop: Workshop) -> None:
        """Make the environment: with the target's Python where the host has it, else with any."""
        self._shop = shop
        self._venv = shop.folder / "environment"
        self._home = shop.folder / "home"
        self._home.mkdir()
        self._bubblewrap = find_bubblewrap()
        command = [shop.uv, "venv", "--quiet", "--no-project", "--no-python-downloads"]
        try:
            _run([*command, "--python", shop.python, str(self._venv)])
        except BackendError:
            _run([*command, "--clear", str(self._venv)])
        scripts = self._venv / ("Scripts" if os.name == "nt" else "bin")
        self.python = scripts / ("python.exe" if os.name == "nt" else "python")
        self._path = f"{scripts}{os.pathsep}"

    def install(self, requires: Sequence[str]) -> None:
        """Install requirements of the build, from wheels alone, so that nothing of them runs."""
        if requires:
            where = ["--python", str(self.python), "--only-binary", ":all:"]
            _run(
                [
                    self._shop.uv,
                    "pip",
                    "install",
                    "--quiet",
                    *where,
                    *self._shop.uv_arguments,
                    "--",
                    *requires,
                ]
            )

    def __call__(
        self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        """Run a hook: ``cmd`` is the interpreter, pyproject_hooks' script, the hook's name and a folder for its answer."""
        environment = confined_environment(self._home) | dict(extra_environ or {})
        environment["PATH"] = self._path + environment.get("PATH", os.defpath)
        command = list(cmd)
        if self._bubblewrap:
            command = confined(
                self._bubblewrap,
                command,
                folder=Path(cwd or self._shop.folder),
                writable=(self._shop.folder, Path(cmd[-1])),
                readable=(*self._interpreter(), Path(cmd[1]).parent),
            )
        _run(command, folder=cwd, environment=environment)

    def _interpreter(self) -> list[Path]:
        """The folders that the environment's Python comes from: where its link ends, and where it says that its home is."""
        found = [Path(os.path.realpath(self.python)).parents[1]]
        for line in (self._venv / "pyvenv.cfg").read_text("utf-8").splitlines():
            name, _, value = (part.strip() for part in line.partition("="))
            if name == "home" and value:
                found.append(Path(value).parent)
        return found


def _run(
    command: Sequence[str], *, folder: str | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """Run a command to its end; raises BackendError with the last lines that it printed where it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise BackendError(f"{command[0]} can't be started: {error.strerror}") from error
    if done.returncode:
        raise BackendError(_tail(done.stdout.decode("utf-8", "replace")))


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_SHOWN_LINES:])
