"""What the checks say, as workflow commands that GitHub Actions shows as annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.question import Verdict

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def check_github(verdict: Verdict) -> str:
    """Return one line a finding and a crash, and one with the verdict."""
    lines = [_line(finding) for finding in verdict.result.findings]
    lines += [
        f"::error title={_property(f'layerwright: {one.check} crashed')}::{_data(one.error)}"
        for one in verdict.result.crashed
    ]
    word = "ok" if verdict.result.ok else "not ok"
    lines.append(_data(f"{word}: {', '.join(layer.name for layer in verdict.layers)} for {verdict.target}"))
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    where = f"{finding.path}: " if not finding.message.startswith(finding.path) else ""
    text = f"{where}{finding.message}\nfix: {finding.fix}"
    return f"::{_COMMANDS[finding.severity]} file={_property(finding.layer)},title={_property(finding.check)}::{_data(text)}"


def _data(text: str) -> str:
    # https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
