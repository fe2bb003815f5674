"""The target that someone probably meant."""

from __future__ import annotations

import difflib
import re

from layerwright.targets.entry import architectures, entries

_PYTHON = re.compile(r"(?<![0-9.])(?:python|py|cp)?[-_. ]?3[._]?([0-9]{1,2})(?![0-9])")


def suggest_target(text: str) -> tuple[str, ...]:
    """Return the nearest names of targets, best first, at most two; none where nothing is near.

    >>> suggest_target("py3.11")
    ('python3.11-x86_64', 'python3.11-arm64')
    >>> suggest_target("aarch64-python312")
    ('python3.12-arm64',)
    """
    plain = text.strip().lower()
    architecture, rest = _take_architecture(plain)
    runtime = _runtime(rest)
    if runtime is not None:
        ours = entries()[runtime].architectures
        return (
            (f"{runtime}-{architecture}",)
            if architecture in ours
            else tuple(f"{runtime}-{name}" for name in ours)
        )
    names = [f"{runtime}-{name}" for runtime, entry in entries().items() for name in entry.architectures]
    guess = f"{rest.strip('-_./: ')}-{architecture}" if architecture else plain
    return tuple(difflib.get_close_matches(guess, names, n=1, cutoff=0.6))


def _take_architecture(text: str) -> tuple[str | None, str]:
    """The architecture that a word of ``text`` means, and the text without it."""
    words = {
        word: name
        for name, known in architectures().items()
        for word in (name, known.machine, *known.synonyms)
    }
    for word in sorted(words, key=len, reverse=True):
        if word in text:
            return words[word], text.replace(word, "", 1)
    return None, text


def _runtime(text: str) -> str | None:
    for match in _PYTHON.finditer(text):
        name = f"python3.{match[1]}"
        if name in entries():
            return name
    return None
