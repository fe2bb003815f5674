"""The listing of targets, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from layerwright.report.table import table_text
from layerwright.targets.listing import TargetRow


def targets_text(rows: Sequence[TargetRow]) -> str:
    """Return a table: target, system, glibc, newest symbol versions, and how long AWS keeps it."""
    header = ("target", "system", "glibc", "libstdc++", "status", "deprecated")
    return table_text(header, [_cells(row) for row in rows])


def targets_json(rows: Sequence[TargetRow]) -> str:
    """Return ``{"schema_version": 1, "targets": [...]}``; dates in ISO form, null where AWS has set none."""
    return json.dumps({"schema_version": 1, "targets": [_object(row) for row in rows]}, indent=2)


def _cells(row: TargetRow) -> tuple[str, ...]:
    floor, ceiling = row.symbol_floor.get("GLIBCXX", "?"), row.symbol_ceiling.get("GLIBCXX", "?")
    deprecated = row.lifecycle.deprecated
    return (
        str(row.target),
        row.system_title,
        ".".join(map(str, row.target.glibc)),
        f"GLIBCXX {floor}" if floor == ceiling else f"GLIBCXX {floor} to {ceiling}",
        row.status.value,
        deprecated.isoformat() if deprecated else "",
    )


def _object(row: TargetRow) -> dict[str, object]:
    dates = {
        name: value.isoformat() if (value := getattr(row.lifecycle, name)) else None
        for name in ("available", "deprecated", "create_blocked", "update_blocked")
    }
    return {
        "target": str(row.target),
        "runtime": row.target.runtime,
        "architecture": row.target.architecture,
        "python": row.target.python_version,
        "system": row.system,
        "glibc": ".".join(map(str, row.target.glibc)),
        "status": row.status.value,
        "dates": dates,
        "snapstart": row.snapstart,
        "symbol_floor": dict(row.symbol_floor),
        "symbol_ceiling": dict(row.symbol_ceiling),
    }
