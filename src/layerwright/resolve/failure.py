"""What uv says when it fails, read once: which kind of failure it is, in words of its own without the noise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

from layerwright.errors import (
    BuildError,
    IntegrityError,
    InternalError,
    LayerwrightError,
    NetworkError,
    NoSolutionError,
    OfflineError,
    UsageError,
)
from layerwright.resolve.location import split_credentials
from layerwright.resolve.uv import UvRun

_BRANCH: Final = re.compile(r"^\s*(?:cause:|Caused by:|╰─▶|├─▶|\u00d7|error:)\s?")
_HINT: Final = re.compile(r"^\s*(?:╰─▶\s*)?hint:\s*")
_URL: Final = re.compile(r"(?:[a-z]+\+)?https?://[^\s`'\"<>()]+")
_NAME: Final = re.compile(r"`([A-Za-z0-9][A-Za-z0-9._-]*)`")
_PROGRESS: Final = re.compile(
    r"^\s*(?:Updating|Updated|Building|Built|Resolved|Prepared|Downloading|Downloaded)\b"
)
_STANDARD_INPUT: Final = re.compile(r" in `-` at position \d+|`-`")
# Hints of uv that speak of what its caller decided, or of commands that our users do not type.
_UNHELPFUL: Final = (
    "Wheels are required for",
    "Packages were unavailable because the network",
    "`uv ",
    "--python-",
)
_REFUSED: Final = ("401 Unauthorized", "403 Forbidden", "407 Proxy", "valid authentication credentials")
_UNREACHABLE: Final = (
    "Request failed after",
    "error sending request",
    "Failed to fetch",
    "Git operation failed",
    "Could not connect",
    "operation timed out",
    "status server error",
)
_OFFLINE: Final = (
    "network was disabled",
    "connectivity is disabled",
    "not found in the cache",
    "not allowed because network",
)
_CORRUPT: Final = (
    "Failed to extract archive",
    "Hash mismatch",
    "invalid zip",
    "Invalid zip",
    "Failed to read metadata from",
)
_UNBUILDABLE: Final = ("build backend returned an error", "Failed to build", "Failed to download and build")
_ADVICE: Final[Mapping[type[LayerwrightError], str]] = {
    NetworkError: "give the index's credentials as uv takes them: in its URL, in UV_INDEX_<NAME>_USERNAME and"
    " UV_INDEX_<NAME>_PASSWORD, in a netrc file, or from a keyring",
    OfflineError: "run once without --offline, or name a folder that has what is missing with --find-links",
    IntegrityError: "fetch or build that file again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed run: what uv said first, the causes below it, its hints.

    ``need_source`` are packages that have no wheel that may be used; ``needs_build`` says that something which the
    user named by path or URL can't be looked at without building its metadata.
    """

    title: str
    causes: tuple[str, ...]
    hints: tuple[str, ...]
    need_source: frozenset[str]
    needs_build: bool

    @property
    def text(self) -> str:
        """The title and the causes, one below the other."""
        return "\n".join([self.title, *self.causes])


def read_failure(run: UvRun) -> Failure:
    """What a failed run says, of any of uv's ways to lay it out."""
    parts: list[list[str]] = []
    hints: list[list[str]] = []
    current = parts
    for line in run.messages:
        if line.startswith("warning:") or _PROGRESS.match(line):
            continue
        if _HINT.match(line):
            current = hints
            hints.append([_HINT.sub("", line)])
        elif _BRANCH.match(line):
            current = parts
            parts.append([_BRANCH.sub("", line)])
        elif current:
            current[-1].append(line)
    title, *causes = [_clean(part) for part in parts] or ["uv failed without a word"]
    advice = [_clean(hint) for hint in hints]
    return Failure(
        title=title, causes=tuple(causes), hints=tuple(advice), need_source=_need_source(title, causes, advice),
        needs_build=title == "Building source distributions is disabled",
    )  # fmt: skip


def failure_error(run: UvRun, *, offline: bool) -> LayerwrightError:
    """The error that a failed run amounts to."""
    failure = read_failure(run)
    if run.code < 0 or run.code > 100:
        return InternalError(f"uv ended with {run.code}: {failure.text}")
    kind = _kind(failure, offline=offline)
    if kind is NoSolutionError:
        return NoSolutionError("\n".join(failure.causes) or failure.title, hint=_advice(failure))
    if kind is NetworkError:
        return NetworkError(
            _unreachable(failure), hint=_ADVICE.get(kind) if _refused(failure) else _advice(failure)
        )
    return kind(failure.text, hint=_ADVICE.get(kind) or _advice(failure))


def redacted(text: str) -> str:
    """The text with no credentials in its URLs."""
    return _URL.sub(lambda match: split_credentials(match[0])[0], text)


def _kind(failure: Failure, *, offline: bool) -> type[LayerwrightError]:
    everything = "\n".join([failure.text, *failure.hints])
    unsolved = failure.title.startswith("No solution found")
    kinds: tuple[tuple[type[LayerwrightError], bool], ...] = (
        (NetworkError, _refused(failure)),
        (OfflineError, offline and _says(everything, _OFFLINE)),
        (NoSolutionError, unsolved),
        (IntegrityError, _says(everything, _CORRUPT)),
        (NetworkError, _says(everything, _UNREACHABLE)),
        (BuildError, _says(everything, _UNBUILDABLE) or "is disabled" in failure.text),
    )
    return next((kind for kind, applies in kinds if applies), UsageError)


def _refused(failure: Failure) -> bool:
    return _says("\n".join([failure.text, *failure.hints]), _REFUSED)


def _clean(lines: list[str]) -> str:
    first, *rest = lines
    text = "\n".join([first, dedent("\n".join(rest))])
    return redacted(_STANDARD_INPUT.sub("", text)).strip()


def _need_source(title: str, causes: list[str], hints: list[str]) -> frozenset[str]:
    names = [
        name
        for hint in hints
        if hint.startswith("Wheels are required for")
        for name in _NAME.findall(hint.partition("because")[0])
    ]
    for line in (title, *causes):
        if line.startswith("Building source distributions for"):
            names += _NAME.findall(line)
    return frozenset(names)


def _says(text: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase in text for phrase in phrases)


def _advice(failure: Failure) -> str | None:
    kept = [hint for hint in failure.hints if not _says(hint, _UNHELPFUL)]
    return "\n".join(kept) or None


def _unreachable(failure: Failure) -> str:
    """What could not be reached and why, of a chain of causes that says each of them several times."""
    refusal = next((hint for hint in failure.hints if _says(hint, _REFUSED)), None)
    if refusal is not None:
        return refusal
    urls = [url for part in failure.causes for url in _URL.findall(part)]
    reason = failure.causes[-1] if failure.causes else failure.title
    return (
        f"can't reach {urls[0].rstrip('.,')}: {reason}"
        if urls and "--- stderr" not in reason
        else failure.text
    )
