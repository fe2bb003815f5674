"""A check: one frozen value that says what defect it looks for, what it needs to know, and how to look."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


class Need(StrEnum):
    """What a check can't do without; where the subject hasn't got it, the check is not applicable."""

    PYTHON = "python"
    """Python files or extension modules that some layer's search path reaches."""
    METADATA = "metadata"
    """Distributions with a ``.dist-info`` folder."""
    BINARIES = "binaries"
    """Files that are shared libraries, extension modules or programs."""
    FUNCTION = "function"
    """The function's own code."""
    HANDLER = "handler"
    """The function's code, and the name of its handler."""
    LIFECYCLE = "lifecycle"
    """A runtime whose dates AWS has published."""
    SDK = "sdk"
    """A runtime that brings the AWS SDK."""
    ENVIRONMENT = "environment"
    """The environment variables that the function will be given."""


class NotApplicable(NamedTuple):
    """A check has nothing to say of this subject, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A defect that can be looked for.

    ``id`` names the defect, is the stem of its file, and is never given to another. ``run`` is a pure function of
    the subject; it opens nothing and starts nothing. ``severity`` and ``fix`` are what a finding has unless ``run`` knows better.
    The docstring of the file that defines ``run`` is the check's page.
    """

    id: str
    summary: str
    severity: Severity
    run: Callable[[Subject], Iterable[Finding] | NotApplicable]
    fix: str
    needs: frozenset[Need] = frozenset()

    @property
    def page(self) -> str:
        """The check's page: what it checks, why it fails on Lambda, an example, the fix, references."""
        from inspect import cleandoc  # only pages need it

        return cleandoc(sys.modules[self.run.__module__].__doc__ or "")

    def finding(
        self,
        subject: Subject,
        message: str,
        *,
        paths: Iterable[str] = (),
        layer: str | None = None,
        path: str = "",
        severity: Severity | None = None,
        fix: str | None = None,
        detail: Mapping[str, object] = MappingProxyType({}),
    ) -> Finding:
        """Return a finding of this check on files of the stack.

        ``paths`` are absolute (``/opt/python/...``, ``/var/task/...``); the first decides the layer. ``layer`` and ``path`` name
        what isn't in the merged stack: a layer as a whole, or a file that another layer lies over.
        """
        places = [subject.stack.place(path) for path in paths]
        names = [place.path for place in places]
        if len(names) > 1:
            detail = {"paths": tuple(names), **detail}
        return Finding(
            check=self.id,
            severity=severity or self.severity,
            layer=layer if layer is not None else places[0].layer if places else subject.stack.first_name,
            path=names[0] if names else path,
            message=message,
            fix=fix or self.fix,
            detail=MappingProxyType(dict(detail)),
        )
