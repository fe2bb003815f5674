"""Write docs/rules.md from the pages of the checks; a test holds that it is up to date."""

from __future__ import annotations

import re
from pathlib import Path

from layerwright.checks.catalogue import CATALOGUE
from layerwright.checks.check import Check

DOCS = Path(__file__).parents[1] / "docs" / "rules.md"
HEAD = """\
# Checks

What `layerwright check` looks for, and what runs at the end of every build. `layerwright explain ID` prints a page;
`--select` and `--ignore`, and `[tool.layerwright.check]` in pyproject.toml, choose among them. An **error** will fail on Lambda, or AWS will
refuse it; a **warning** can fail, or costs something; an **info** is told because it's worth knowing. A check whose findings can be
of several severities is listed with its gravest.

This page is generated from the checks themselves by `scripts/write_rule_docs.py`.
"""


def rule_docs() -> str:
    """Return the whole page."""
    rows = [f"| [{check.id}](#{check.id}) | {check.severity} | {check.summary} |" for check in CATALOGUE]
    table = "\n".join(("| check | severity | what it finds |", "|---|---|---|", *rows))
    return "\n".join((HEAD, table, "", *map(_section, CATALOGUE)))


def _section(check: Check) -> str:
    page = re.sub(r"^## ", "### ", check.page, flags=re.MULTILINE)
    return f"## {check.id}\n\n**{check.severity}** · {page}\n"


if __name__ == "__main__":
    DOCS.parent.mkdir(exist_ok=True)
    DOCS.write_text(rule_docs(), encoding="utf-8")
