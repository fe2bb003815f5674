"""Which of a distribution's recorded files count as its code, and which of them are missing or another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution, Recorded
    from layerwright.checks.subject import Subject

_CODE: Final = (".py", ".so", ".pyd")
# What nothing reads while code runs; layers are often made smaller by leaving it out.
_LEFT_OUT: Final = (
    ".pyc", ".pyi", ".pyx", ".pxd", ".pxi", ".c", ".cc", ".cpp", ".h", ".hpp", ".f90", ".a", ".la", ".lib",
    ".md", ".rst", ".txt", ".html", ".ipynb", ".map", ".cmake", ".pc", ".build", ".typed", ".1", ".exe",
)  # fmt: skip
_LEFT_OUT_FOLDERS: Final = frozenset(
    {"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "include"}
)


def is_metadata(path: str) -> bool:
    """Tell whether a path lies in a distribution's metadata folder."""
    return ".dist-info/" in path or ".egg-info/" in path


def code_of(subject: Subject, one: Distribution) -> list[Recorded]:
    """Return the recorded files that can be imported: Python files and extension modules under the distribution's root."""
    lines = subject.contents.records.get(one.folder, ())
    start = f"{one.root}/"
    return [
        line
        for line in lines
        if line.path.endswith(_CODE) and line.path.startswith(start) and not is_metadata(line.path)
    ]


def missing_of(subject: Subject, one: Distribution) -> list[Recorded]:
    """Return the recorded files that aren't in the stack, without metadata, scripts and compiled bytecode."""
    lines = subject.contents.records.get(one.folder, ())
    start = f"{one.root}/"
    stack = subject.stack
    return [
        line
        for line in lines
        if line.path not in stack
        and line.path.startswith(start)
        and not line.path.endswith(".pyc")
        and not is_metadata(line.path)
        and not stack.resolve(line.path)
    ]


def can_be_left_out(path: str) -> bool:
    """Tell whether a file is of a kind that code doesn't read: tests, documentation, sources of compiled code.

    >>> can_be_left_out("/opt/python/numpy/tests/test_a.py"), can_be_left_out("/opt/python/certifi/cacert.pem")
    (True, False)
    """
    steps = path.split("/")
    return path.endswith(_LEFT_OUT) or not _LEFT_OUT_FOLDERS.isdisjoint(steps[:-1]) or steps[-1].isupper()
