"""What a function needs before its first call: its layers and code laid out, the runtime's packages, a sandbox."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from layerwright.progress import Progress
from layerwright.run.client import runtime_packages
from layerwright.run.environment import DEFAULT_REGION
from layerwright.run.execution import Ground
from layerwright.run.function import Function, check_function
from layerwright.run.laid import lay_code, lay_layers
from layerwright.run.sandboxes.choose import Folders, Wish, choose_sandbox
from layerwright.targets.load import load_runtime
from layerwright.wheels.store import Store

_PASSED_ON: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def prepare(
    function: Function,
    store: Store,
    on_line: Callable[[str, str | None], None],
    *,
    wish: Wish | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    explain: Callable[[str], tuple[str, ...]] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Ground:
    """Return what the environments of a function are made of.

    Credentials and the region are taken from ``environment``, as a role would give them. Raises UsageError for a function that Lambda
    would not take, RunError where nothing here can run its target, and what reading layers and fetching the runtime's client raise.
    """
    check_function(function)
    runtime = load_runtime(function.target)
    stack, code = lay_layers(function.layers, store), lay_code(function.code, store)
    packages = runtime_packages(runtime, store, offline=offline, progress=progress)
    folders = Folders(stack=stack, function=code, packages=packages, temporary=Path(tempfile.gettempdir()))
    return Ground(
        function=function,
        runtime=runtime,
        sandbox=choose_sandbox(runtime, folders, wish or Wish(), store),
        stack=stack,
        code=code,
        packages=packages,
        on_line=on_line,
        region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or DEFAULT_REGION,
        credentials={name: environment[name] for name in _PASSED_ON if environment.get(name)},
        explain=explain,
    )
