"""Runs inside a root, with its own Python 3.9: opens and imports every file that it is told of, each in a process of its own.

    python3.9 driver.py JOBS.json RESULTS.jsonl

A job is a layer: the folder that is its sys.path entry, its modules (name and path), and its other libraries. Two things are
asked of each module: whether the loader opens the file alone, in a fresh process; and whether ``import`` of its name works, in a
process that has imported its parents and nothing else. Each answer is one line.
"""

import _imp
import importlib
import importlib.machinery
import json
import os
import signal
import sys
from pathlib import Path

TIMEOUT_S = 180
PROBE = "layerwright_probe"


def main():
    jobs = json.loads(Path(sys.argv[1]).read_text())
    out = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for job in jobs:
        sys.stderr.write(f"{job['name']}: {len(job['modules']) + len(job['libraries'])} files\n")
        for path in [path for _, path in job["modules"]] + job["libraries"]:
            isolated(out, {"kind": "open", "path": path}, lambda path=path: opened(path))
        tree = {}
        for name, path in job["modules"]:
            *parents, leaf = name.split(".")
            node = tree
            for parent in parents:
                node = node.setdefault(parent, {})
            node.setdefault(None, []).append((name, leaf, path))
        isolated(out, None, lambda job=job, tree=tree: walk(out, job["path"], tree))


def isolated(out, about, work):
    """Do work in a child, and report what it returns; a death without a report is one too."""
    child = os.fork()
    if child == 0:
        signal.alarm(TIMEOUT_S if about else 0)
        quiet = os.open("/dev/null", os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            result = work()
            if about:
                report(out, dict(about, **result))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if about and status:
        report(out, dict(about, ok=False, **ending(status)))
    return status


def ending(status):
    """How a process died: by a signal, or by its own word, as when ld.so finds an inconsistency and leaves with 127."""
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status), "error": ""}
    return {"error": f"the process ended with {os.WEXITSTATUS(status)}"}


def report(out, line):
    os.write(out, (json.dumps(line) + "\n").encode())


def opened(path):
    """Have the loader open a file as Python does, and go no further: the entry asked for is one that no file has."""
    loader = importlib.machinery.ExtensionFileLoader(PROBE, path)
    spec = importlib.machinery.ModuleSpec(PROBE, loader, origin=path)
    try:
        _imp.create_dynamic(spec)
    except ImportError as error:
        return {"ok": "does not define module export function" in str(error), "error": str(error)}
    except BaseException as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}
    return {"ok": True, "error": ""}


def walk(out, folder, tree):
    """Import every module of a layer; packages first, and their modules in children of the process that has them."""
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    below(out, "", tree)
    return {}


def below(out, prefix, tree):
    for name, _, path in tree.get(None, ()):
        isolated(out, {"kind": "import", "name": name, "path": path}, lambda name=name: imported(name))
    for package in sorted(key for key in tree if key is not None):
        name = prefix + package
        child = os.fork()
        if child == 0:
            signal.alarm(TIMEOUT_S)
            try:
                result = imported(name)
                signal.alarm(0)
                if result["ok"]:
                    below(out, name + ".", tree[package])
                else:
                    for module, path in modules(tree[package]):
                        about = {"kind": "import", "name": module, "path": path, "parent": name}
                        report(out, dict(about, ok=False, error=result["error"]))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            for module, path in modules(tree[package]):
                about = {"kind": "import", "name": module, "path": path, "parent": name}
                report(out, dict(about, ok=False, **ending(status)))


def modules(tree):
    for key, value in tree.items():
        if key is None:
            for name, _, path in value:
                yield name, path
        else:
            yield from modules(value)


def imported(name):
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        return {"ok": False, "error": chain(error)}
    spec = getattr(module, "__spec__", None)
    return {
        "ok": True,
        "error": "",
        "origin": getattr(spec, "origin", None) or getattr(module, "__file__", None),
    }


def chain(error):
    """What an error says, and those that it hides: packages put words of their own over the loader's."""
    found = []
    while error is not None and len(found) < 10:
        found.append(f"{type(error).__name__}: {error}")
        error = error.__cause__ or error.__context__
    return "\n".join(found)[:4000]


main()
