"""What is asked of uv for one resolution, one run of it, and what it answers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from layerwright.resolve.command import Sources, compile_arguments, given_requirements
from layerwright.resolve.platforms import Platforms
from layerwright.resolve.request import Request
from layerwright.resolve.selection import Choice, Release, read_document, read_releases
from layerwright.resolve.uv import UvRun, run_uv
from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of uv, whichever run it is."""

    request: Request
    target: Target
    glibc: tuple[int, int]
    platforms: Platforms
    words: tuple[str, ...]

    @property
    def choice(self) -> Choice:
        """What artifacts are chosen for."""
        return Choice(
            target=self.target,
            glibc=self.glibc,
            extras=frozenset(),
            groups=None,
            base=self.request.folder,
            source="uv",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A run of uv and the releases that it chose; ``newer`` holds what it passed over, newest first per package."""

    run: UvRun
    releases: tuple[Release, ...] = ()
    newer: Mapping[str, tuple[Release, ...]] = field(default_factory=dict)

    @property
    def solved(self) -> bool:
        """Whether uv found an answer."""
        return self.run.code == 0


def ask(question: Question, sources: Sources, platform: str, *, without: str = "") -> Answer:
    """One run of uv; ``without`` is a constraints file's text."""
    with tempfile.TemporaryDirectory(prefix="layerwright-") as folder:
        constraints = [Path(folder) / "passed-over.txt"] if without else []
        for constraint in constraints:
            constraint.write_text(without)
        arguments = compile_arguments(
            question.request,
            question.target,
            platform=platform,
            sources=sources,
            fallback=question.words,
            constraints=constraints,
        )
        run = run_compile(question.request, arguments)
    if run.code:
        return Answer(run=run)
    document = read_document(run.output, name="uv")
    return Answer(run=run, releases=read_releases(document, base=question.request.folder, source="uv"))


def run_compile(request: Request, arguments: list[str]) -> UvRun:
    """A run of uv with the request's own requirements on its standard input."""
    return run_uv(
        arguments, environment=request.environment, folder=request.folder, given=given_requirements(request)
    )
