"""Which packages come as source distributions: those that have no wheel for the target, where the request lets them."""

from __future__ import annotations

from dataclasses import replace

from layerwright.errors import LayerwrightError, NoSolutionError
from layerwright.resolve.candidates import seen_packages
from layerwright.resolve.command import Sources, compile_arguments
from layerwright.resolve.memory import recall_answer, remember_answer
from layerwright.resolve.platforms import widest_platform
from layerwright.resolve.question import Answer, Question, ask, run_compile
from layerwright.resolve.request import ALL, Request
from layerwright.resolve.solve import solve


def answered(question: Question) -> Answer:
    """The answer, after allowing source distributions one failure after the other where the request lets us.

    What was found out on the way to the last answer to the same question spares the way, while it is fresh.
    """
    remembered = recall_answer(question)
    if remembered is not None:
        return remembered
    answer = _found(question)
    remember_answer(question, answer)
    return answer


def _found(question: Question) -> Answer:
    from layerwright.resolve.failure import read_failure

    sources, primed = Sources(), False
    while True:
        answer = solve(question, sources)
        if answer.solved:
            return answer
        failure = read_failure(answer.run)
        missing = failure.need_source - sources.named
        if failure.needs_build and not primed and not question.request.no_build:
            prime_metadata(question)
            primed = True
        elif missing and not sources_refused(question.request, missing):
            sources = allow_sources(question, sources, missing, answer)
        else:
            raise _explained(question, answer)


def _explained(question: Question, answer: Answer) -> LayerwrightError:
    """uv's error, told of the target's own glibc, and with what the releases do have that could not be used."""
    from layerwright.resolve.failure import failure_error

    error = failure_error(answer.run, offline=question.request.offline)
    if not isinstance(error, NoSolutionError):
        return error
    machine, (major, minor) = question.target.machine, question.glibc
    asked = f"{question.platforms.floor.rpartition('-')[2]}_{machine}"
    text = str(error).replace(asked, f"manylinux_{major}_{minor}_{machine}")
    found = [
        f"{name} {passed.version} has no wheel for {question.target} ({passed.reason})"
        for name, versions in answer.newer.items()
        for passed in versions[:1]
        if not passed.fits
    ]
    return NoSolutionError(text, hint="\n".join([*found, *([error.hint] if error.hint else [])]) or None)


def sources_refused(request: Request, names: frozenset[str]) -> bool:
    """Whether the request forbids the source distributions of any of these packages."""
    forbidden = {*request.only_binary, *request.no_build_package}
    return request.no_build or ALL in forbidden or bool(forbidden & names)


def allow_sources(question: Question, sources: Sources, missing: frozenset[str], failed: Answer) -> Sources:
    """The sources with those of ``missing`` packages allowed, in the way that has uv build the fewest.

    Where a wheel for a newer glibc exists, uv can read the metadata there: then every other package that a
    resolution with it brings is named as one to have as a wheel, and the missing ones are left free.
    """
    from layerwright.resolve.failure import read_failure

    without_wheels = Sources(named=sources.named)
    while True:
        widest = ask(question, without_wheels, widest_platform(question.target))
        more = frozenset() if widest.solved else read_failure(widest.run).need_source - without_wheels.named
        if not more or sources_refused(question.request, more):
            break
        without_wheels = Sources(named=without_wheels.named | more)
    named = sources.named | missing
    if not widest.solved or named <= without_wheels.named:
        return Sources(named=named)
    others = (
        {release.name for release in widest.releases} | seen_packages(failed.run) | seen_packages(widest.run)
    )
    return Sources(named=named, others=frozenset(others) - named)


def prime_metadata(question: Question) -> None:
    """uv's cache has the metadata of what the request names by path or URL, built where it is not static.

    No package from an index is built for it, as no dependency is asked for.
    """
    request = replace(question.request, no_deps=True)
    arguments = compile_arguments(
        request,
        question.target,
        platform=question.platforms.floor,
        sources=Sources(others=frozenset()),
        fallback=question.words,
    )
    run = run_compile(request, arguments)
    if run.code:
        from layerwright.resolve.failure import failure_error

        raise failure_error(run, offline=request.offline)
