"""What uv reads of requirements files but does not act upon or tell: hashes, and that they name indexes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from layerwright.resolve.location import Credentials, is_url, split_credentials
from layerwright.resolve.name import normalised_name

_NAME: Final = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:$|[\s\[<>=!~;@(])")
_HASH: Final = re.compile(r"--hash[=\s]\s*sha256:([0-9a-fA-F]{64})\b")
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_VARIABLE: Final = re.compile(r"\$\{([A-Z0-9_]+)\}")
_OTHER_KINDS: Final = frozenset({".toml", ".py", ".cfg", ".lock", ".whl"})
_NESTED: Final = ("-r", "--requirement", "-c", "--constraint")
_INDEX: Final = ("-i", "--index-url")
_MORE_INDEXES: Final = ("--extra-index-url", "-f", "--find-links")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementLines:
    """The hashes allowed per package, and what files say of indexes."""

    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names_index: bool = False
    no_index: bool = False
    credentials: tuple[Credentials, ...] = ()


def read_requirement_lines(
    files: Iterable[Path], given: Iterable[str], environment: Mapping[str, str]
) -> RequirementLines:
    """What the requirements and constraints files and the lines ``given`` say, with those that they include.

    Files of other kinds, and such as can't be read, say nothing here: uv says what is wrong with them.
    """
    hashes: defaultdict[str, set[str]] = defaultdict(set)
    credentials: dict[Credentials, None] = {}
    names_index = no_index = False
    for line in (*_lines(files, environment), *given):
        found = _HASH.findall(line)
        name = _NAME.match(line)
        if found and name:
            hashes[normalised_name(name[1])].update(digest.lower() for digest in found)
        option, value = _option(line)
        names_index |= option in _INDEX
        no_index |= option == "--no-index"
        for url in [value, *re.findall(r"@\s*(\S+://\S+)", line)]:
            if url and is_url(url) and (held := split_credentials(url.removeprefix("git+"))[1]):
                credentials[held] = None
    return RequirementLines(
        hashes={name: frozenset(digests) for name, digests in hashes.items()},
        names_index=names_index,
        no_index=no_index,
        credentials=tuple(credentials),
    )


def _lines(files: Iterable[Path], environment: Mapping[str, str]) -> Iterator[str]:
    """The logical lines of requirements files, those that they include among them, variables filled in."""
    waiting, seen = list(files), set[Path]()
    while waiting:
        path = waiting.pop()
        if path in seen or path.suffix in _OTHER_KINDS:
            continue
        seen.add(path)
        try:
            content = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line in content.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():
            plain = _VARIABLE.sub(
                lambda match: environment.get(match[1], match[0]), _COMMENT.sub("", line)
            ).strip()
            option, value = _option(plain)
            if option in _NESTED and value and not is_url(value):
                waiting.append(path.parent / value)
            elif plain:
                yield plain


def _option(line: str) -> tuple[str, str]:
    """An option line's name and value; empty for a requirement."""
    if not line.startswith("-"):
        return "", ""
    import shlex

    try:
        first, *rest = shlex.split(line, posix=True)
    except ValueError:
        return "", ""
    name, equals, value = first.partition("=")
    if not name.startswith("--") and len(name) > 2:  # -rother.txt
        return name[:2], first[2:]
    return name, value if equals else (rest[0] if rest else "")
