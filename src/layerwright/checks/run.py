"""Run the catalogue over a subject."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from layerwright.checks.catalogue import CATALOGUE
from layerwright.checks.check import Check, NotApplicable
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.result import CheckResult, Crash, Ignored, Unfit
from layerwright.checks.subject import Subject
from layerwright.errors import UsageError

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def run_checks(
    subject: Subject,
    *,
    select: Iterable[str] = (),
    ignore: Mapping[str, str] | None = None,
    catalogue: tuple[Check, ...] = CATALOGUE,
) -> CheckResult:
    """Return what the checks say of the subject.

    ``select`` names the checks to run (ids, or patterns such as ``elf-*``), all by default. ``ignore`` maps ids or patterns,
    each alone or as ``id:path-pattern``, to the reason for setting their findings aside. Raises UsageError for
    a name that is no check's.
    """
    chosen = _chosen(catalogue, tuple(select))
    ignore = ignore or {}
    for name in ignore:
        _matching(catalogue, name.partition(":")[0])
    findings: list[Finding] = []
    ignored: list[Ignored] = []
    unfit: list[Unfit] = []
    crashed: list[Crash] = []
    for check in chosen:
        outcome = _outcome(check, subject)
        if isinstance(outcome, Crash):
            crashed.append(outcome)
        elif isinstance(outcome, NotApplicable):
            unfit.append(Unfit(check.id, outcome.reason))
        else:
            for finding in outcome:
                reason = _ignored(finding, ignore)
                if reason is None:
                    findings.append(finding)
                else:
                    ignored.append(Ignored(finding, reason))
    return CheckResult(
        findings=tuple(sorted(findings, key=_rank)),
        ignored=tuple(sorted(ignored, key=lambda one: _rank(one.finding))),
        not_applicable=tuple(unfit),
        crashed=tuple(crashed),
    )


def _outcome(check: Check, subject: Subject) -> list[Finding] | NotApplicable | Crash:
    try:
        for need in sorted(check.needs):
            reason = subject.missing(need)
            if reason:
                return NotApplicable(reason)
        outcome = check.run(subject)
        return outcome if isinstance(outcome, NotApplicable) else list(outcome)
    except Exception as error:  # one check's crash is that check's alone, and never a pass
        return Crash(check.id, f"{type(error).__name__}: {error}")


def _chosen(catalogue: tuple[Check, ...], select: tuple[str, ...]) -> tuple[Check, ...]:
    if not select:
        return catalogue
    wanted = {check.id for name in select for check in _matching(catalogue, name)}
    return tuple(check for check in catalogue if check.id in wanted)


def _matching(catalogue: tuple[Check, ...], name: str) -> list[Check]:
    found = [check for check in catalogue if fnmatchcase(check.id, name)]
    if not found:
        near = difflib.get_close_matches(name, [check.id for check in catalogue], n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"no check is called {name!r}", hint=f"{hint}`layerwright rules` lists them")
    return found


def _ignored(finding: Finding, ignore: Mapping[str, str]) -> str | None:
    for name, reason in ignore.items():
        check, colon, path = name.partition(":")
        if fnmatchcase(finding.check, check) and (not colon or fnmatchcase(finding.path, path)):
            return reason
    return None


def _rank(finding: Finding) -> tuple[int, str, str, str, str]:
    return (_ORDER[finding.severity], finding.check, finding.layer, finding.path, finding.message)
