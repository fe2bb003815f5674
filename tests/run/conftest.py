"""What the tests of runs share: a store that all workers use, sandboxes, and environments around small handlers."""

from __future__ import annotations

import asyncio
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from layerwright.run.call import Reply, new_call
from layerwright.run.client import runtime_packages
from layerwright.run.execution import Environment, Ground
from layerwright.run.function import Function
from layerwright.run.laid import lay_code, lay_layers
from layerwright.run.pythons import find_pythons
from layerwright.run.sandboxes.bubblewrap import find_bubblewrap
from layerwright.run.sandboxes.host import host_sandbox
from layerwright.run.sandboxes.sandbox import Sandbox
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Runtime
from layerwright.targets.target import parse_target
from layerwright.wheels.store import Store

TARGET = "python3.11-x86_64"


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One store for all workers of a run, so that the runtime's packages are fetched once."""
    return Store(tmp_path_factory.getbasetemp().parent / "shared-store")


def sandbox_for(runtime: Runtime, store: Store) -> Sandbox:
    """The bubblewrap sandbox of this host's interpreter; skips where there is none."""
    bubblewrap = find_bubblewrap()
    python = next(find_pythons(runtime.target.python), None)
    if bubblewrap is None or python is None:
        pytest.skip(f"no bubblewrap, or no CPython {runtime.target.python_version}, on this host")
    return host_sandbox(bubblewrap, python, runtime, store)


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    return load_runtime(parse_target(TARGET))


@pytest.fixture(scope="session")
def sandbox(runtime: Runtime, shared_store: Store) -> Sandbox:
    return sandbox_for(runtime, shared_store)


@pytest.fixture(scope="session")
def packages(runtime: Runtime, shared_store: Store) -> Path:
    return runtime_packages(runtime, shared_store)


@dataclass
class Session:
    """What one environment said and answered."""

    replies: list[Reply] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def payload(self) -> object:
        return json.loads(self.replies[-1].payload)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


Run = Callable[..., Session]


@pytest.fixture
def run(runtime: Runtime, sandbox: Sandbox, packages: Path, shared_store: Store, tmp_path: Path) -> Run:
    """Carry out calls, one after the other, in one environment around ``source`` (the module app.py)."""

    def carry_out(
        source: str,
        events: Sequence[object] = ({},),
        *,
        handler: str = "app.handler",
        files: Mapping[str, str | bytes] | None = None,
        layer: Mapping[str, str | bytes] | None = None,
        **settings: object,
    ) -> Session:
        code = tmp_path / "code"
        write_files(code, {"app.py": textwrap.dedent(source), **(files or {})})
        layers = ()
        if layer is not None:
            write_files(tmp_path / "layer", layer)
            layers = (tmp_path / "layer",)
        function = Function(handler=handler, code=code, target=runtime.target, layers=layers, **settings)  # type: ignore[arg-type]
        session = Session()
        ground = Ground(
            function=function,
            runtime=runtime,
            sandbox=sandbox,
            stack=lay_layers(layers, shared_store),
            code=lay_code(code, shared_store),
            packages=packages,
            on_line=lambda line, _: session.lines.append(line),
        )
        asyncio.run(_call_all(ground, events, session))
        return session

    return carry_out


async def _call_all(ground: Ground, events: Sequence[object], session: Session) -> None:
    environment = Environment(ground)
    try:
        for event in events:
            data = event if isinstance(event, bytes) else json.dumps(event).encode()
            session.replies.append(await environment.call(new_call(data)))
            if not environment.alive:
                break
    finally:
        await environment.close()


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if name.startswith("extensions/"):
            path.chmod(0o755)
