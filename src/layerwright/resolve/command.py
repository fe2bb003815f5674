"""A request as the words of uv's command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from layerwright.errors import UsageError
from layerwright.resolve.request import ALL, Request
from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which packages may be taken as source distributions, beyond what the request says.

    ``named`` are packages that have nothing else. With ``others`` given (every other package that is known), wheels
    are asked of those by name, so that uv reads the metadata of a ``named`` package from a wheel for another
    platform, if there is one, instead of building it.
    """

    named: frozenset[str] = frozenset()
    others: frozenset[str] | None = None


def compile_arguments(
    request: Request,
    target: Target,
    *,
    platform: str,
    sources: Sources,
    fallback: Sequence[str],
    constraints: Iterable[Path] = (),
) -> list[str]:
    """The words that resolve a request for a platform of uv's; its requirements go to standard input.

    ``fallback`` are arguments for what uv's own settings leave open; ``constraints`` are added to the request's.
    """
    words = [
        *_compile(target.python_version),
        "--python-platform",
        platform,
        *_sources(request, sources),
        *fallback,
    ]
    words += option_arguments(request)
    for constraint in (*request.constraints, *constraints):
        words += ["--constraints", str(constraint)]
    for override in request.overrides:
        words += ["--overrides", str(override)]
    for extra in request.extras:
        words += ["--extra", extra]
    words += ["--all-extras"] if request.all_extras else []
    words += ["--no-deps"] if request.no_deps else []
    words += ["--resolution", request.resolution] if request.resolution else []
    for group in request.groups:
        words += ["--group", f"{_project(request)}:{group}"]
    words += [str(file) for file in request.files]
    return [*words, "-"] if request.requirements or not request.groups else words


def listing_arguments(request: Request, *, python_version: str, fallback: Sequence[str]) -> list[str]:
    """The words that list every file of the releases named on standard input; no metadata is read for it.

    Wheels for Pythons older than ``python_version`` are left out.
    """
    words = [*_compile(python_version), "--universal", "--no-deps", "--fork-strategy", "fewest", *fallback]
    return [*words, *option_arguments(request), "-"]


def option_arguments(request: Request) -> list[str]:
    """The words that say where packages are looked for, and which of them count."""
    options = request.indexes
    words = ["--default-index", options.default_index] if options.default_index else []
    for index in options.index:
        words += ["--index", index]
    for place in options.find_links:
        words += ["--find-links", place]
    words += ["--no-index"] if options.no_index else []
    words += ["--index-strategy", options.index_strategy] if options.index_strategy else []
    words += ["--keyring-provider", options.keyring_provider] if options.keyring_provider else []
    for host in options.allow_insecure_host:
        words += ["--allow-insecure-host", host]
    words += ["--prerelease", request.prerelease] if request.prerelease else []
    words += ["--exclude-newer", request.exclude_newer] if request.exclude_newer else []
    words += ["--offline"] if request.offline else []
    return words + (["--refresh"] if request.refresh else [])


def given_requirements(request: Request) -> str:
    """The requirements of the command line as a requirements file; UsageError for an option among them."""
    for requirement in request.requirements:
        option = requirement.startswith("-") and not requirement.startswith(("-e ", "--editable "))
        if option or "\n" in requirement:
            raise UsageError(f"not a requirement: {requirement!r}")
    return "".join(f"{requirement}\n" for requirement in request.requirements)


def _compile(python_version: str) -> list[str]:
    # Our own interpreter is what uv builds metadata with where it must; which one it is changes no answer, for
    # markers and tags come from the next two options. Without it, uv would look for the target's Python.
    python = ["--python", sys.executable, "--python-version", python_version]
    return ["pip", "compile", "--format", "pylock.toml", "--no-header", *python]


def _sources(request: Request, sources: Sources) -> list[str]:
    if ALL in request.no_binary:
        return ["--no-binary", ALL]
    words = [word for name in request.no_binary for word in ("--no-binary", name)]
    if sources.others is None:
        words += ["--only-binary", ALL]
        return words + [word for name in sorted(sources.named) for word in ("--no-binary", name)]
    wheels_only = sources.others.union(request.only_binary, request.no_build_package) - sources.named
    return words + [word for name in sorted(wheels_only) for word in ("--only-binary", name)]


def _project(request: Request) -> Path:
    projects = [file for file in request.files if file.name == "pyproject.toml"]
    return projects[0] if projects else Path("pyproject.toml")
