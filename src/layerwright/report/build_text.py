"""A build's result as text: a short table per layer, sizes against Lambda's limits, where the file is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from layerwright.checks.finding import Severity
from layerwright.report.build_count import count_text
from layerwright.report.check_text import findings_text
from layerwright.report.table import table_text

if TYPE_CHECKING:
    from layerwright.pipeline.result import BuiltLayer
    from layerwright.run.proof import Proof
    from layerwright.run.prove_built import Unproved
    from layerwright.targets.quotas import Quotas

_MOST_ROWS: Final = 40


def build_text(
    layers: Sequence[BuiltLayer],
    quotas: Quotas,
    *,
    seconds: float,
    colour: bool = False,
    proofs: Sequence[Proof | Unproved | None] | None = None,
) -> str:
    """Return the text for a terminal or a pipe; ``seconds`` is how long it all took, ``proofs`` has one for each layer."""
    blocks = [layer_text(layer, quotas, colour=colour) for layer in layers]
    if proofs is not None:
        blocks = [block + proof_text(proof) for block, proof in zip(blocks, proofs, strict=True)]
    refused = sum(layer.path is None for layer in layers)
    unchanged = sum(layer.unchanged for layer in layers)
    written = len(layers) - refused - unchanged
    count = count_text(written=written, unchanged=unchanged, refused=refused, seconds=seconds)
    return "\n".join([*blocks, count])


def size_text(size_bytes: int) -> str:
    """Return a size in the units in which AWS writes its limits (1 MB is 1,024 KB).

    >>> size_text(52_428_800)
    '50.0 MB'
    """
    if size_bytes < 1024:
        return f"{size_bytes} B"
    if size_bytes < 1024 * 1024:
        return f"{size_bytes / 1024:.1f} KB"
    return f"{size_bytes / 1024 / 1024:.1f} MB"


def layer_text(layer: BuiltLayer, quotas: Quotas, *, colour: bool = False) -> str:
    """Return the text of one layer: packages, sizes, findings, and where it is."""
    shown = [finding for finding in layer.findings if finding.severity is not Severity.INFO]
    rows = [
        (item.name, item.version, size_text(item.zipped_bytes), size_text(item.unzipped_bytes))
        for item in layer.packages[:_MOST_ROWS]
    ]
    table = table_text(("package", "version", "zipped", "unzipped"), rows, right=frozenset({2, 3}))
    lines = [f"{layer.name} for {layer.target}", *(f"  {line}" for line in table.splitlines())]
    if len(layer.packages) > _MOST_ROWS:
        lines.append(f"  … and {len(layer.packages) - _MOST_ROWS} more")
    share = 100 * layer.unzipped_bytes / quotas.unzipped_bytes
    lines.append(
        f"  zipped    {size_text(layer.zipped_bytes):>9}   {_upload(layer.zipped_bytes, quotas.zipped_upload_bytes)}"
    )
    limit = size_text(quotas.unzipped_bytes)
    lines.append(
        f"  unzipped  {size_text(layer.unzipped_bytes):>9}   {share:.0f}% of the {limit} for function and layers"
    )
    lines.extend(f"  note: {note}" for note in layer.notes)
    lines.extend(f"  {line}".rstrip() for line in findings_text(shown, colour=colour).splitlines())
    if layer.path is None:
        lines.append("  not written, for the errors above; --allow-findings writes it in spite of them")
    else:
        lines.append(f"  {layer.path}{' (unchanged)' if layer.unchanged else ''}")
    return "\n".join(lines) + "\n"


def proof_text(proof: Proof | Unproved | None) -> str:
    """Return what is said below a layer of its proof; nothing where it was not written, and so not tried."""
    if proof is None:
        return ""
    from layerwright.report.prove_text import proof_lines
    from layerwright.run.prove_built import Unproved

    if isinstance(proof, Unproved):
        lines = f"not proved: {proof.error}".splitlines()
        lines += [f"hint: {proof.error.hint}"] if proof.error.hint else []
    else:
        lines = list(proof_lines(proof))
    return "".join(f"  {line}".rstrip() + "\n" for line in lines)


def _upload(zipped_bytes: int, limit: int) -> str:
    if zipped_bytes <= limit:
        return f"direct upload (limit {size_text(limit)})"
    return f"over the {size_text(limit)} of a direct upload: goes through S3"
