"""Names of layers on AWS: ``deps``, ``deps:7``, and the full ARN of a version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from layerwright.errors import UsageError

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,140}")
_ARN: Final = re.compile(
    r"(?P<base>arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):layer:(?P<name>[A-Za-z0-9_-]{1,140}))"
    r"(?::(?P<version>[0-9]+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerArn:
    """The ARN of a layer's version, taken apart; ``base`` is without the version."""

    base: str
    region: str
    account: str
    name: str
    version: int

    def __str__(self) -> str:
        """Return the ARN."""
        return f"{self.base}:{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReference:
    """A layer of this account: its name, and a version or None for the newest."""

    name: str
    version: int | None


def parse_layer_arn(text: str) -> LayerArn:
    """Take a version's ARN apart.

    >>> parse_layer_arn("arn:aws:lambda:us-east-1:111122223333:layer:psycopg2-py311:1").name
    'psycopg2-py311'

    Raises UsageError where it is none, or names no version.
    """
    match = _ARN.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{text} is not the ARN of a layer's version",
            hint="it looks like arn:aws:lambda:us-east-1:111122223333:layer:NAME:1",
        )
    if match["version"] is None:
        raise UsageError(f"{text} names no version", hint=f"add one: {text}:1")
    return LayerArn(
        base=match["base"],
        region=match["region"],
        account=match["account"],
        name=match["name"],
        version=int(match["version"]),
    )


def is_layer_arn(text: str) -> bool:
    """Tell whether a word is meant as a layer's ARN."""
    return text.startswith("arn:") and ":layer:" in text


def parse_layer_reference(text: str) -> LayerReference:
    """Read ``deps:7`` or ``deps``.

    >>> parse_layer_reference("deps:7")
    LayerReference(name='deps', version=7)

    Raises UsageError where it is neither.
    """
    name, colon, version = text.partition(":")
    if not _NAME.fullmatch(name) or (colon and not version.isdecimal()):
        raise UsageError(f"{text!r} names no version of a layer", hint="write deps:7, deps, or a full ARN")
    return LayerReference(name=name, version=int(version) if version else None)


def require_layer_name(name: str) -> str:
    """Return the name, where AWS would take it.

    Raises UsageError with one that AWS takes.
    """
    if _NAME.fullmatch(name):
        return name
    near = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:140]
    hint = f"such as --name {near}" if near else None
    raise UsageError(
        f"{name!r} can't be a layer's name: letters, digits, - and _ alone, at most 140", hint=hint
    )
