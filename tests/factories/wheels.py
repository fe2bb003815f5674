"""Real wheels: bytes with the members, metadata, tags and RECORD that a test asks for, right or wrong."""

from __future__ import annotations

import base64
import hashlib
import io
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

FIXED_DATE = (2020, 1, 1, 0, 0, 0)


def record_hash(data: bytes) -> str:
    """The hash of a member as RECORD writes it: ``sha256=`` and unpadded base64."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def wheel_filename(name: str = "demo", version: str = "1.0", tags: Iterable[str] = ("py3-none-any",)) -> str:
    """The file name of a wheel, its tags compressed as the binary distribution format has it."""
    parts = zip(*(tag.split("-") for tag in tags), strict=True)
    compressed = "-".join(".".join(dict.fromkeys(part)) for part in parts)
    return f"{name.replace('-', '_')}-{version}-{compressed}.whl"


def metadata_text(
    name: str,
    version: str,
    *,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    license_expression: str | None = None,
    headers: Iterable[str] = (),
) -> str:
    """A METADATA file."""
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"License-Expression: {license_expression}"] if license_expression else []
    return "\n".join([*lines, *headers, "", "A package that a test made.", ""])


def wheel_bytes(
    name: str = "demo",
    version: str = "1.0",
    *,
    files: Mapping[str, bytes] | None = None,
    tags: Iterable[str] = ("py3-none-any",),
    purelib: bool = True,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    license_expression: str | None = None,
    headers: Iterable[str] = (),
    entry_points: str | None = None,
    modes: Mapping[str, int] | None = None,
    stored: Iterable[str] = (),
    dist_info: str | None = None,
    dist_info_files: Mapping[str, bytes | None] | None = None,
    record: Mapping[str, str | None] | None = None,
    record_extra: Iterable[str] = (),
    unrecorded: Mapping[str, bytes] | None = None,
) -> bytes:
    """The bytes of a wheel; the same arguments give the same bytes.

    ``files`` are its members beside dist-info (default: one module); ``modes`` their permission bits (default 0o644);
    ``stored`` names those that are not compressed. ``dist_info_files`` adds members to the dist-info folder, replaces
    those that it has, or drops one (None). ``record`` replaces the ``hash,size`` part of a path's line in RECORD, or
    drops the line (None); ``record_extra`` adds lines as they are; ``unrecorded`` are members that RECORD doesn't list.
    """
    info = dist_info or f"{name.replace('-', '_')}-{version}.dist-info"
    members: dict[str, bytes] = dict(
        files if files is not None else {f"{name.replace('-', '_')}.py": b"answer = 42\n"}
    )
    wheel = ["Wheel-Version: 1.0", "Generator: a-test", f"Root-Is-Purelib: {str(purelib).lower()}"]
    wheel += [f"Tag: {tag}" for tag in tags]
    own: dict[str, bytes | None] = {
        "METADATA": metadata_text(
            name,
            version,
            requires=requires,
            requires_python=requires_python,
            license_expression=license_expression,
            headers=headers,
        ).encode(),
        "WHEEL": "\n".join([*wheel, ""]).encode(),
        "entry_points.txt": entry_points.encode() if entry_points is not None else None,
        **(dist_info_files or {}),
    }
    members |= {f"{info}/{file}": data for file, data in own.items() if data is not None and file != "RECORD"}
    if own.get("RECORD", b"") is not None:
        lines = [
            f'"{path}",{part}' if "," in path else f"{path},{part}"
            for path, part in record_parts(members, record or {}).items()
        ]
        text = "\n".join([*lines, *record_extra, f"{info}/RECORD,,", ""]).encode()
        members[f"{info}/RECORD"] = own.get("RECORD") or text
    return zip_bytes({**members, **(unrecorded or {})}, modes=modes, stored=stored)


def record_parts(members: Mapping[str, bytes], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The ``hash,size`` part of each member's line in RECORD, with some replaced or (None) dropped."""
    right = {path: f"{record_hash(data)},{len(data)}" for path, data in members.items()}
    return {path: part for path, part in {**right, **changes}.items() if part is not None}


def zip_bytes(
    members: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
    *,
    modes: Mapping[str, int] | None = None,
    stored: Iterable[str] = (),
) -> bytes:
    """The bytes of a zip with these members in this order; names are written as they are, however hostile."""
    plain = frozenset(stored)
    pairs = members.items() if isinstance(members, Mapping) else members
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")  # of a name that stands twice: that is what was asked for
        for path, data in pairs:
            info = zipfile.ZipInfo("x", FIXED_DATE)
            info.filename = path  # the constructor would cut at NUL and turn backslashes round
            info.create_system = 3
            info.external_attr = (0o100000 | (modes or {}).get(path, 0o644)) << 16
            info.compress_type = zipfile.ZIP_STORED if path in plain else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def write_wheel(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    tags: Iterable[str] = ("py3-none-any",),
    filename: str | None = None,
    **rest: object,
) -> Path:
    """Write a wheel under its right name (or ``filename``) into a folder, and return where; see ``wheel_bytes``."""
    kept = tuple(tags)
    path = folder / (filename or wheel_filename(name, version, kept))
    path.write_bytes(wheel_bytes(name, version, tags=kept, **rest))  # type: ignore[arg-type]
    return path
