"""A wheel's tags, made to say what is in it."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from pathlib import Path

from layerwright.wheels.wheel_name import parse_wheel_filename


def retag(wheel: Path, *, python: str) -> Path:
    """Write a copy of a wheel beside it that is tagged ``PYTHON-none-any``, and return where.

    For a wheel without native code that names a platform all the same. Members stand in their order, with their dates.
    """
    tag = f"{python}-none-any"
    old = parse_wheel_filename(wheel.name)
    stem = wheel.name.removesuffix(f"-{old.python}-{old.abi}-{old.platform}.whl")
    target = wheel.with_name(f"{stem}-{tag}.whl")
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "x") as copy:
        header = next(name for name in source.namelist() if name.endswith(".dist-info/WHEEL"))
        lines = [
            line for line in source.read(header).decode().splitlines() if line and not line.startswith("Tag:")
        ]
        text = "\n".join([*lines, f"Tag: {tag}", ""]).encode()
        for info in source.infolist():
            data = source.read(info)
            if info.filename == header:
                data = text
            elif info.filename == header.removesuffix("WHEEL") + "RECORD":
                data = _with_line(data.decode(), header, text).encode()
            copy.writestr(info, data)
    return target


def _with_line(record: str, path: str, data: bytes) -> str:
    """RECORD with the line of one path made new."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    line = f"{path},sha256={digest},{len(data)}"
    return re.sub(rf"(?m)^{re.escape(path)},.*$", lambda _: line, record)
