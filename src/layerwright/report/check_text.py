"""What the checks say, for people: one block a finding, the gravest first, and the fix as a command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from layerwright.checks.finding import Finding, Severity
from layerwright.report.plain import plain
from layerwright.report.table import table_text

if TYPE_CHECKING:
    from layerwright.checks.question import Verdict
    from layerwright.checks.result import CheckResult
    from layerwright.checks.serves import Service

_SHOWN_PATHS: Final = 3
_LONGEST_REASON: Final = 120
_WORDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_COLOURS: Final = {
    "error": "31;1",
    "warning": "33;1",
    "note": "36",
    "ok": "32;1",
    "crashed": "35;1",
    "dim": "2",
}


def check_text(verdict: Verdict, *, function: str | None = None, colour: bool = False) -> str:
    """Return the findings, what was set aside and why, what crashed, and a last line with the verdict.

    ``function`` is what the function is called, where one was judged with its layers.
    """
    paint = _Paint(colour=colour)
    several = len(verdict.layers) != 1
    blocks = [_finding_text(finding, paint, with_layer=several) for finding in verdict.result.findings]
    blocks += [
        f"{paint('crashed', 'crashed')} [{one.check}] {plain(one.error)}\n"
        "  the layer was not judged by this check; please report it"
        for one in verdict.result.crashed
    ]
    if verdict.result.ignored:
        blocks.append("\n".join(_ignored_lines(verdict.result)))
    names = " with ".join(
        filter(None, (plain(function or ""), ", ".join(plain(layer.name) for layer in verdict.layers)))
    )
    return "\n\n".join((*blocks, f"{_verdict_text(verdict.result, paint)}: {names} for {verdict.target}"))


def findings_text(findings: Iterable[Finding], *, colour: bool = False) -> str:
    """Return the blocks of findings alone, for a command whose result is another."""
    paint = _Paint(colour=colour)
    return "\n\n".join(_finding_text(finding, paint, with_layer=True) for finding in findings)


def serves_text(services: Sequence[Service], *, colour: bool = False) -> str:
    """Return a table of every target: whether it works, and the first reason where it doesn't."""
    paint = _Paint(colour=colour)
    words = {True: "works", False: "fails", None: "can't be told"}
    rows = [(str(one.target), words[one.ok], _short(plain(one.reason or ""))) for one in services]
    lines = table_text(("target", "", "why"), rows).splitlines()
    shades = ["dim", *({True: "ok", False: "error", None: "warning"}[one.ok] for one in services)]
    return "\n".join(paint(shade, line) for shade, line in zip(shades, lines, strict=True))


def _short(text: str) -> str:
    """Cut a reason to a line; a file that it begins with loses its folders first."""
    if len(text) > _LONGEST_REASON:
        first, space, rest = text.partition(" ")
        text = f"{first.rpartition('/')[2]}{space}{rest}"
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"


class _Paint:
    """Colours text where that is wanted."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def __call__(self, shade: str, text: str) -> str:
        return f"\x1b[{_COLOURS[shade]}m{text}\x1b[0m" if self._colour else text


def _finding_text(finding: Finding, paint: _Paint, *, with_layer: bool) -> str:
    word = _WORDS[finding.severity]
    lines = [f"{paint(word, word)} {plain(finding.message)} {paint('dim', f'[{finding.check}]')}"]
    listed = finding.detail.get("paths")
    paths = listed if isinstance(listed, tuple) else (finding.path,) if finding.path else ()
    place = f"{finding.layer}: " if with_layer or not paths else ""
    lines += [f"  {plain(place + str(path))}" for path in paths[:_SHOWN_PATHS]]
    if not paths:
        lines.append(f"  {plain(finding.layer)}")
    if len(paths) > _SHOWN_PATHS:
        lines.append(f"  and {len(paths) - _SHOWN_PATHS} more")
    lines.append(f"  fix: {plain(finding.fix)}")
    return "\n".join(lines)


def _ignored_lines(result: CheckResult) -> Iterable[str]:
    counted: dict[tuple[str, str], int] = {}
    for one in result.ignored:
        key = (one.finding.check, one.reason)
        counted[key] = counted.get(key, 0) + 1
    for (check, reason), count in counted.items():
        times = f" ({count} findings)" if count > 1 else ""
        yield f"ignored [{check}]{times}: {plain(reason) or 'no reason given'}"


def _verdict_text(result: CheckResult, paint: _Paint) -> str:
    parts = []
    for severity in Severity:
        count = sum(1 for finding in result.findings if finding.severity is severity)
        if count:
            parts.append(f"{count} {_WORDS[severity]}{'s' if count > 1 else ''}")
    if result.crashed:
        parts.append(f"{len(result.crashed)} crashed")
    word = paint("ok", "ok") if result.ok else paint("error", "not ok")
    return f"{word} ({', '.join(parts)})" if parts else word
