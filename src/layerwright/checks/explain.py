"""What a check means; or, of an error message, the likely causes in a layer."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from layerwright.checks.catalogue import CATALOGUE
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.symptoms import Symptom, read_message
from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.checks.check import Check
    from layerwright.checks.result import CheckResult

_UNKNOWN: Final = Symptom("unknown", "", "", (), "This message is of no kind that is known.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a message says, and why.

    ``checks`` look for its causes, the likeliest first. Where a layer was judged, ``causes`` are the findings that explain the
    message, and ``others`` the remaining errors, which could; both are empty where none was given.
    """

    message: str
    symptom: Symptom
    checks: tuple[Check, ...]
    causes: tuple[Finding, ...] = ()
    others: tuple[Finding, ...] = ()


def find_check(name: str) -> Check | None:
    """Return the check of that id."""
    return next((check for check in CATALOGUE if check.id == name), None)


def explain_message(message: str, result: CheckResult | None = None) -> Explanation:
    """Return what an error message means, and what in a judged layer explains it.

    Raises UsageError for a text that is neither a check's id nor the message of a known failure, where no layer was judged.
    """
    symptom = read_message(message) or (_UNKNOWN if result is not None else None)
    if symptom is None:
        near = difflib.get_close_matches(message.strip(), [check.id for check in CATALOGUE], n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"{message!r} is neither a check nor an error message that is known",
            hint=f"{hint}`layerwright rules` lists the checks; give the text behind `errorMessage`, and the layers",
        )
    checks = tuple(
        dict.fromkeys(
            check for pattern in symptom.checks for check in CATALOGUE if fnmatchcase(check.id, pattern)
        )
    )
    if result is None:
        return Explanation(message=message, symptom=symptom, checks=checks)
    causes = tuple(_causes(symptom, checks, result.findings))
    others = tuple(one for one in result.findings if one.severity is Severity.ERROR and one not in causes)
    return Explanation(message=message, symptom=symptom, checks=checks, causes=causes, others=others)


def _causes(symptom: Symptom, checks: tuple[Check, ...], findings: Iterable[Finding]) -> list[Finding]:
    """The findings that explain a symptom: of its checks, and about what it names; those about the name first."""
    order = {check.id: place for place, check in enumerate(checks)}
    fitting = [one for one in findings if one.check in order and one.severity is not Severity.INFO]
    if symptom.name or symptom.file:
        fitting = [one for one in fitting if _concerns(one, symptom)]
    return sorted(fitting, key=lambda one: (one.severity is not Severity.ERROR, order[one.check]))


def _concerns(finding: Finding, symptom: Symptom) -> bool:
    """Tell whether a finding is about the module, library, symbol or file that a message names."""
    texts = [finding.message, finding.path, *_texts(finding.detail.values())]
    wanted = {
        symptom.name,
        symptom.file.removeprefix("/opt/").removeprefix("/var/task/"),
        symptom.file.rpartition("/")[2],
    }
    if "musl" in symptom.name:
        wanted.add("musl")
    if symptom.kind in {"module", "import-name", "native-module", "numpy-source", "init"}:
        # what is said of a package is said of its modules: psycopg2 explains psycopg2._psycopg
        name = symptom.name.removeprefix("PyInit_")
        top = name.partition(".")[0]
        wanted |= {name.replace(".", "/"), top, top.replace("_", "-")}
    return any(word and word in text for word in wanted for text in texts)


def _texts(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (tuple, list, frozenset)):
            yield from _texts(value)
