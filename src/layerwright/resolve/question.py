"""What is asked of uv for one resolution, one run of it, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from layerwright.resolve.candidates import skipped_versions
from layerwright.resolve.command import Sources, compile_arguments, given_requirements
from layerwright.resolve.platforms import Platforms
from layerwright.resolve.release import Release, read_document, read_releases
from layerwright.resolve.request import Request
from layerwright.resolve.selection import Choice
from layerwright.resolve.uv import UvRun, run_uv
from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of uv, whichever run it is.

    ``words`` are options from pip's settings, ``places`` the indexes and folders that are looked in; ``memory`` is a
    folder for what a later question can profit from.
    """

    request: Request
    target: Target
    glibc: tuple[int, int]
    platforms: Platforms
    words: tuple[str, ...]
    places: tuple[str, ...] = ()
    memory: Path | None = None

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
class Passed:
    """A release that uv passed over: whether it has a wheel that fits the target's own glibc, and what it has else."""

    version: str
    fits: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A run of uv and the releases that it chose.

    ``skipped`` holds per package the versions that uv found and could not use, ``newer`` what is known of those that
    are newer than the chosen one, newest first. ``above`` says that it is an answer for a higher glibc than ours;
    ``sources`` are those that were allowed.
    """

    run: UvRun
    releases: tuple[Release, ...] = ()
    skipped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    newer: Mapping[str, tuple[Passed, ...]] = field(default_factory=dict)
    above: bool = False
    sources: Sources = field(default_factory=Sources)

    @property
    def solved(self) -> bool:
        """Whether uv found an answer."""
        return self.run.code == 0

    @property
    def versions(self) -> dict[str, str]:
        """The version chosen of each package of an index."""
        return {
            release.name: release.version
            for release in self.releases
            if release.direct is None and release.version is not None
        }


def ask(question: Question, sources: Sources, platform: str, *, without: str = "") -> Answer:
    """One run of uv; ``without`` is the text of a constraints file to add."""
    if not without:
        return _asked(question, sources, platform, ())
    import tempfile

    with tempfile.TemporaryDirectory(prefix="layerwright-") as folder:
        constraint = Path(folder) / "passed-over.txt"
        constraint.write_text(without, encoding="utf-8")
        return _asked(question, sources, platform, (constraint,))


def run_compile(request: Request, arguments: list[str]) -> UvRun:
    """A run of uv with the request's own requirements on its standard input."""
    return run_uv(
        arguments, environment=request.environment, folder=request.folder, given=given_requirements(request)
    )


def _asked(question: Question, sources: Sources, platform: str, constraints: tuple[Path, ...]) -> Answer:
    arguments = compile_arguments(
        question.request,
        question.target,
        platform=platform,
        sources=sources,
        fallback=question.words,
        constraints=constraints,
    )
    run = run_compile(question.request, arguments)
    skipped = skipped_versions(run)
    if run.code:
        return Answer(run=run, skipped=skipped, sources=sources)
    document = read_document(run.output, name="uv")
    releases = read_releases(document, base=question.request.folder, source="uv")
    return Answer(run=run, releases=releases, skipped=skipped, sources=sources)
