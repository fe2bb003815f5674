"""The best sandbox that this machine has for a target."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from layerwright.errors import RunError, UsageError
from layerwright.run.pythons import kept_pythons
from layerwright.run.sandboxes.bubblewrap import find_bubblewrap
from layerwright.run.sandboxes.host import host_sandbox
from layerwright.run.sandboxes.sandbox import Sandbox
from layerwright.targets.runtime import Runtime
from layerwright.wheels.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asked for: an engine (``auto`` for any), an image, a root filesystem; None leaves it to us.

    ``offline`` has an engine fetch no image.
    """

    engine: str | None = None
    image: str | None = None
    root: Path | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where the launches' folders are on the host; a plain process can't see them elsewhere."""

    stack: Path
    function: Path
    packages: Path
    temporary: Path


def choose_sandbox(runtime: Runtime, folders: Folders, wish: Wish, store: Store) -> Sandbox:
    """Return the sandbox that was asked for, or else the closest to Lambda of those at hand.

    An engine is used unasked only where nothing lighter serves: its images are large, and may have to be fetched.
    Raises UsageError where the wish can't be met, RunError where this machine has no place for the target at all.
    """
    if wish.engine or wish.image:
        from layerwright.run.sandboxes.engine import engine_sandbox, find_engine

        program = wish.engine if wish.engine and wish.engine != "auto" else find_engine()
        if program is None:
            raise RunError(
                "no container engine answers on this machine", hint="start docker, podman, finch or nerdctl"
            )
        return engine_sandbox(program, runtime, wish.image, offline=wish.offline)
    bubblewrap = find_bubblewrap() if sys.platform == "linux" else None
    if wish.root is not None:
        if bubblewrap is None:
            raise UsageError(
                "a root filesystem needs bubblewrap (bwrap) on a Linux host", hint="install bubblewrap"
            )
        from layerwright.run.sandboxes.rootfs import root_sandbox

        return root_sandbox(bubblewrap, wish.root, runtime)
    target = runtime.target
    if sys.platform == "linux" and platform.machine() == target.machine:
        python = next(kept_pythons(target.python, store), None)
        if python is not None and bubblewrap is not None:
            return host_sandbox(bubblewrap, python, runtime, store)
        if python is not None:
            from layerwright.run.sandboxes.plain import PlainSandbox

            return PlainSandbox(
                python=python,
                runtime=runtime,
                stack=folders.stack,
                function=folders.function,
                packages=folders.packages,
                temporary=folders.temporary,
            )
    from layerwright.run.sandboxes.engine import engine_sandbox, find_engine

    program = find_engine()
    if program is not None:
        return engine_sandbox(program, runtime, None, offline=wish.offline)
    raise RunError(f"nothing on this machine can run {target}", hint=_advice(runtime))


def _advice(runtime: Runtime) -> str:
    target = runtime.target
    if sys.platform == "linux" and platform.machine() == target.machine:
        return f"install CPython {target.python_version} (`uv python install {target.python_version}`), or start a container engine"
    return "start a container engine, or give `--root` a root filesystem with that Python (foreign ones need qemu-user)"
