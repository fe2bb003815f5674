"""Every module of a stack is imported for real, and nothing that one does reaches another."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.subject import Subject
from layerwright.run.materialize import lay_stack
from layerwright.run.modules import find_modules
from layerwright.run.proof import ModuleProof, Outcome, Proof
from layerwright.run.prove import Stage, prove
from layerwright.run.pythons import find_pythons
from layerwright.run.sandboxes.bubblewrap import find_bubblewrap
from layerwright.run.sandboxes.engine import engine_sandbox
from layerwright.run.sandboxes.plain import PlainSandbox
from layerwright.run.sandboxes.rootfs import root_sandbox
from layerwright.run.sandboxes.sandbox import Sandbox
from layerwright.targets.load import load_runtime
from layerwright.targets.target import parse_target
from layerwright.wheels.store import Store
from run.conftest import TARGET

Files = Mapping[str, bytes | str]
Prove = Callable[..., Proof]
ENGINE = os.environ.get("LAYERWRIGHT_TEST_ENGINE", "")
ENGINE_TARGET = os.environ.get("LAYERWRIGHT_TEST_ENGINE_TARGET", TARGET)
ROOTS = os.environ.get("LAYERWRIGHT_TEST_ROOTS", "")


def stage_for(what: Subject, store: Store, **settings: object) -> Stage:
    return Stage(stack=lay_stack([layer.tree for layer in what.layers], store), workers=1, **settings)  # type: ignore[arg-type]


@pytest.fixture
def proved(sandbox: Sandbox, shared_store: Store, tmp_path: Path) -> Prove:
    """Prove a layer of these files (paths below ``python/``) in the sandbox of this host's interpreter."""

    def proved(*groups: Files, timeout_s: float = 20.0, **settings: object) -> Proof:
        what = subject(*({f"python/{path}": data for path, data in files.items()} for files in groups))
        stage = stage_for(what, Store(tmp_path / "store"), timeout_s=timeout_s, **settings)
        return prove(what, sandbox, stage)

    return proved


def outcomes(proof: Proof) -> dict[str, str]:
    return {module.module: module.outcome.value for module in proof.modules}


def error(proof: Proof, name: str) -> str:
    (found,) = [module.error for module in proof.modules if module.module == name]
    return found or ""


@pytest.mark.sandbox
def test_what_imports_is_proved(proved: Prove) -> None:
    proof = proved(
        {"single.py": "", "package/__init__.py": "from . import part", "package/part.py": "import json"}
    )
    assert outcomes(proof) == {"package": "imported", "single": "imported"}
    assert proof.ok
    assert proof.as_json()["ok"] is True


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("source", "outcome", "message"),
    [
        ("import sys; sys.exit(3)", Outcome.EXITED, "SystemExit: 3"),
        ("import os; print('bye'); os._exit(4)", Outcome.EXITED, "ended with status 4 during the import"),
        ("import os; os._exit(0)", Outcome.EXITED, "ended with status 0 during the import"),
        ("import ctypes; ctypes.string_at(0)", Outcome.CRASHED, "the process died of SIGSEGV"),
        ("import os; os.abort()", Outcome.CRASHED, "the process died of SIGABRT"),
        ("import time; time.sleep(60)", Outcome.HUNG, "not imported after 2 seconds"),
        ("raise ValueError('no')", Outcome.RAISED, "ValueError: no"),
        ("import not_there", Outcome.MISSING, "No module named 'not_there'"),
        (
            "import ctypes; ctypes.CDLL('libGL.so.1')",
            Outcome.REFUSED,
            "libGL.so.1: cannot open shared object file",
        ),
        (
            "import socket; socket.create_connection(('192.0.2.1', 9), 1)",
            Outcome.RAISED,
            "Network is unreachable",
        ),
        ("open('/opt/x', 'w')", Outcome.RAISED, "Read-only file system"),
    ],
)
def test_a_failure_is_that_modules_alone(proved: Prove, source: str, outcome: Outcome, message: str) -> None:
    proof = proved({"before.py": "", "culprit.py": source, "later.py": ""}, timeout_s=2)
    assert outcomes(proof) == {"before": "imported", "culprit": outcome.value, "later": "imported"}
    assert message in error(proof, "culprit")
    assert not proof.ok


@pytest.mark.sandbox
def test_a_module_that_ends_every_process_is_found(proved: Prove) -> None:
    proof = proved({"a.py": "", "killer.py": "import os; os.kill(-1, 9)", "z/__init__.py": ""})
    assert outcomes(proof) == {"a": "imported", "killer": "crashed", "z": "imported"}
    assert "ended every process" in error(proof, "killer")


@pytest.mark.sandbox
def test_an_import_that_holds_too_much_is_ended(proved: Prove) -> None:
    source = "held = []\nwhile True: held.append(b'x' * (1 << 20))"
    proof = proved({"before.py": "", "hungry.py": source, "later.py": ""}, timeout_s=30, memory_mb=128)
    assert outcomes(proof) == {"before": "imported", "hungry": "crashed", "later": "imported"}
    assert error(proof, "hungry") == "killed at the memory limit of 128 MB"


@pytest.mark.sandbox
def test_whoever_interrupts_waits_for_no_import(sandbox: Sandbox, tmp_path: Path) -> None:
    what = subject({"python/fine.py": "", "python/hangs.py": "import time; time.sleep(300)"})
    stage = replace(stage_for(what, Store(tmp_path / "store"), timeout_s=300), workers=2)

    def interrupt(_: ModuleProof) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        prove(what, sandbox, stage, on_module=interrupt)
    assert time.monotonic() - started < 60


@pytest.mark.sandbox
def test_files_and_processes_that_an_import_leaves_behind_are_gone_for_the_next(proved: Prove) -> None:
    source = """
import os
assert os.listdir("/tmp") == [], os.listdir("/tmp")
names = [name for name in os.listdir("/proc") if name.isdigit()]
assert not any(b"sleep" in open("/proc/%s/cmdline" % name, "rb").read() for name in names)
os.makedirs("/tmp/kept/deep")
open("/tmp/file", "w").close()
if os.fork() == 0:
    os.setsid()
    os.execvp("sleep", ["sleep", "1000"])
"""
    proof = proved({"first.py": source, "second.py": source, "third.py": source})
    assert set(outcomes(proof).values()) == {"imported"}, proof.modules


@pytest.mark.sandbox
def test_a_crash_within_a_package_leaves_its_siblings(proved: Prove) -> None:
    crashing = extension("crash", needed=("libnowhere.so.9",))
    proof = proved({"p/__init__.py": "", "p/crash.abi3.so": crashing, "q.py": "import p"})
    found = outcomes(proof)
    assert (found["p"], found["q"]) == ("imported", "imported")
    assert found["p.crash"] == "unneeded", "nothing imports it"
    assert "libnowhere.so.9: cannot open shared object file" in error(proof, "p.crash")
    assert proof.ok


@pytest.mark.sandbox
def test_a_refused_extension_that_its_package_needs_is_a_failure(proved: Prove) -> None:
    refused = extension("_part", needed=("libnowhere.so.9",))
    proof = proved({"p/__init__.py": "from . import _part", "p/_part.abi3.so": refused})
    assert outcomes(proof) == {"p": "refused", "p._part": "package"}
    assert not proof.ok


@pytest.mark.sandbox
def test_a_guarded_extension_is_no_failure(proved: Prove) -> None:
    guarded = "try:\n    from . import _fast\nexcept ImportError:\n    _fast = None\n"
    proof = proved(
        {"p/__init__.py": guarded, "p/_fast.abi3.so": extension("_fast", needed=("libnowhere.so.9",))}
    )
    assert outcomes(proof) == {"p": "imported", "p._fast": "unneeded"}
    assert proof.ok


@pytest.mark.sandbox
def test_a_package_that_another_has_to_import_is_proved_through_it(proved: Prove) -> None:
    speed = "import sys\nif 'main' not in sys.modules:\n    raise ImportError('import main first')\n"
    main = "try:\n    import speedups\nexcept ImportError:\n    speedups = None\n"
    assert outcomes(proved({"main/__init__.py": main, "speedups/__init__.py": speed})) == {
        "main": "imported",
        "speedups": "imported",
    }
    alone = proved({"main/__init__.py": "", "speedups/__init__.py": speed})
    assert outcomes(alone)["speedups"] == "raised"
    assert not alone.ok


@pytest.mark.sandbox
def test_an_extension_for_another_python_is_passed_over_and_told(proved: Prove) -> None:
    files = {"p/__init__.py": "from . import _c", "p/_c.cpython-38-x86_64-linux-gnu.so": extension("_c")}
    proof = proved(files)
    assert outcomes(proof)["p"] == "refused"
    assert "its suffix is of another interpreter or architecture" in error(proof, "p")


@pytest.mark.sandbox
def test_an_optional_dependency_is_told_from_a_missing_one(sandbox: Sandbox, tmp_path: Path) -> None:
    what = subject(
        distribution(
            "plugin", files={"plugin/__init__.py": "import pandas"}, requires=["pandas; extra == 'frames'"]
        ),
        distribution("broken", files={"broken/__init__.py": "import yaml"}, requires=["PyYAML>=6"]),
    )
    proof = prove(what, sandbox, stage_for(what, Store(tmp_path / "store")))
    assert outcomes(proof) == {"broken": "missing", "plugin": "optional"}
    assert "broken requires pyyaml, which is in no layer" in error(proof, "broken")


@pytest.mark.sandbox
def test_a_layer_that_shadows_the_standard_library_breaks_the_runtime_itself(proved: Prove) -> None:
    proof = proved({"logging.py": "raise RuntimeError('not the real one')", "fine.py": ""})
    assert proof.fault is not None
    assert "not the real one" in proof.fault
    assert not proof.ok
    assert proof.modules == ()


@pytest.mark.sandbox
def test_layers_are_found_by_lambdas_search_order(sandbox: Sandbox, tmp_path: Path) -> None:
    what = subject(
        {
            "python/lib/python3.11/site-packages/which.py": "found = 1",
            "python/which.py": "raise RuntimeError",
            "python/lib/python3.9/site-packages/other.py": "raise RuntimeError",
        }
    )
    assert outcomes(prove(what, sandbox, stage_for(what, Store(tmp_path)))) == {"which": "imported"}


@pytest.mark.sandbox
def test_unreadable_files_are_unreadable_as_on_lambda(sandbox: Sandbox, tmp_path: Path) -> None:
    from dataclasses import replace

    from factories.layers import entry

    what = subject([replace(entry("python/secret.py", ""), mode=0o600), entry("python/open.py", "")])
    proof = prove(what, sandbox, stage_for(what, Store(tmp_path)))
    assert outcomes(proof) == {"open": "imported", "secret": "raised"}
    assert "PermissionError" in error(proof, "secret")


def test_a_plain_process_proves_too(shared_store: Store, tmp_path: Path) -> None:
    runtime = load_runtime(parse_target("python3.11-x86_64"))
    python = next(iter(find_pythons((3, 11))), None)
    if python is None:
        pytest.skip("no CPython 3.11 here")
    what = subject({"python/fine.py": "", "python/culprit.py": "import os; os.abort()"})
    stage = stage_for(what, Store(tmp_path / "store"))
    empty = tmp_path / "empty"
    empty.mkdir()
    sandbox = PlainSandbox(
        python=python, runtime=runtime, stack=stage.stack, function=empty, packages=empty, temporary=empty
    )
    proof = prove(what, sandbox, stage)
    assert outcomes(proof) == {"culprit": "crashed", "fine": "imported"}
    assert "as a plain process" in str(proof.fidelity)


@pytest.mark.emulation
@pytest.mark.skipif(
    not ROOTS, reason="LAYERWRIGHT_TEST_ROOTS names no folder of root filesystems (scripts/make_root.sh)"
)
def test_a_foreign_architecture_is_proved_under_emulation(tmp_path: Path) -> None:
    runtime = load_runtime(parse_target("python3.11-arm64"))
    bubblewrap = find_bubblewrap()
    assert bubblewrap is not None
    sandbox = root_sandbox(bubblewrap, Path(ROOTS) / "python3.11-arm64", runtime)
    assert "arm64 is emulated by qemu-user" in str(sandbox.fidelity)
    source = "import platform; assert platform.machine() == 'aarch64'"
    files = {"python/machine.py": source, "python/culprit.py": "import os; os.abort()"}
    what = subject(files, target="python3.11-arm64")
    proof = prove(what, sandbox, stage_for(what, Store(tmp_path / "store")))
    assert outcomes(proof) == {"culprit": "crashed", "machine": "imported"}


@pytest.mark.engine
@pytest.mark.skipif(
    not ENGINE, reason="LAYERWRIGHT_TEST_ENGINE names no engine and image, as in podman=localhost/image"
)
def test_a_container_engine_proves_too(tmp_path: Path) -> None:
    program, _, image = ENGINE.partition("=")
    runtime = load_runtime(parse_target(ENGINE_TARGET))
    sandbox = engine_sandbox(program, runtime, image)
    what = subject(
        {"python/fine.py": "", "python/culprit.py": "import os; os.abort()"}, target=str(runtime.target)
    )
    proof = prove(what, sandbox, stage_for(what, Store(tmp_path / "store")))
    assert outcomes(proof) == {"culprit": "crashed", "fine": "imported"}
    assert image in str(proof.fidelity)


def test_the_modules_of_a_stack() -> None:
    what = subject(
        {
            "python/single.py": "",
            "python/package/__init__.py": "",
            "python/package/inner.py": "",
            "python/package/_c.abi3.so": extension("_c"),
            "python/package/libhelper.so": b"\x7fELF no entry point",
            "python/space/deep/__init__.py": "",
            "python/space/loose.py": "",
            "python/thing-1.0.dist-info/METADATA": "",
            "python/thing.libs/libx.so": extension("libx"),
            "python/bin/tool.py": "",
            "python/not-a-module.py": "",
            "python/__pycache__/x.py": "",
            "python/_top.cpython-311-x86_64-linux-gnu.so": extension("_top"),
        }
    )
    assert list(find_modules(what)) == [
        "_top",
        "package",
        "package._c",
        "single",
        "space.deep",
        "space.loose",
    ]
