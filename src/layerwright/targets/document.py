"""A TOML table read strictly: every value has the type that is asked for, every key is known, every error names its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from layerwright.errors import UsageError

_E = TypeVar("_E", bound=StrEnum)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NAMES: Mapping[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    list: "an array",
    dict: "a table",
    date: "a date",
}


class Table:
    """A table of a document and where it stands; ``place`` is the file, then the path of keys.

    Every method raises UsageError where the document doesn't have what it is asked for.
    """

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        """Wrap ``values``."""
        self._values = values
        self._place = place

    def __contains__(self, key: str) -> bool:
        """Whether there is such a key."""
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        """Give the keys, in the document's order."""
        return iter(self._values)

    def allow(self, *keys: str) -> Table:
        """Return the table itself, with no key but ``keys``."""
        for key in self._values:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(sorted(keys))}"
                raise UsageError(f"{self.path(key)}: there is no such key", hint=hint)
        return self

    def path(self, key: str) -> str:
        """The place of ``key``, as an error names it."""
        name = key if _BARE_KEY.fullmatch(key) else f'"{key}"'
        return f"{self._place}{'.' if not self._place.endswith(': ') else ''}{name}"

    def error(self, key: str, message: str, *, hint: str | None = None) -> UsageError:
        """An error that names the place of ``key``."""
        return UsageError(f"{self.path(key)}: {message}", hint=hint)

    def text(self, key: str) -> str:
        """The string at ``key``."""
        value: str = self._value(key, str)
        return value

    def number(self, key: str) -> int:
        """The integer at ``key``."""
        value: int = self._value(key, int)
        return value

    def flag(self, key: str) -> bool:
        """The boolean at ``key``."""
        value: bool = self._value(key, bool)
        return value

    def day(self, key: str) -> date:
        """The date at ``key``."""
        value: date = self._value(key, date)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of the array at ``key``."""
        values = self._value(key, list)
        for value in values:
            if not isinstance(value, str):
                raise self.error(key, f"expected an array of strings, got {_kind(value)} in it")
        return tuple(values)

    def version(self, key: str) -> tuple[int, int]:
        """The two numbers of a version like ``3.11`` at ``key``."""
        text = self.text(key)
        match = re.fullmatch(r"([0-9]{1,4})\.([0-9]{1,4})", text)
        if match is None:
            raise self.error(key, f"expected a version of two numbers such as '3.11', got {text!r}")
        return int(match[1]), int(match[2])

    def choice(self, key: str, kind: type[_E]) -> _E:
        """The member of ``kind`` whose value is the string at ``key``."""
        text = self.text(key)
        if text not in [member.value for member in kind]:
            raise self.error(key, f"expected one of {', '.join(kind)}, got {text!r}")
        return kind(text)

    def mapping(self, key: str) -> Mapping[str, str]:
        """The strings of the table at ``key``; empty where there is none."""
        table = self.table(key)
        return {name: table.text(name) for name in table}

    def table(self, key: str) -> Table:
        """The table at ``key``; empty where there is none."""
        values = self._value(key, dict) if key in self else {}
        return Table(values, self.path(key))

    def tables(self, key: str) -> Iterator[Table]:
        """Each table of the array at ``key``; none where there is no such array."""
        values = self._value(key, list) if key in self else []
        for number, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.error(f"{key}[{number}]", f"expected a table, got {_kind(value)}")
            yield Table(value, f"{self.path(key)}[{number}]")

    def _value(self, key: str, kind: type) -> Any:
        if key not in self._values:
            raise self.error(key, f"is missing; expected {_NAMES[kind]}")
        value = self._values[key]
        if type(value) is not kind:
            raise self.error(key, f"expected {_NAMES[kind]}, got {_kind(value)}")
        return value


def _kind(value: object) -> str:
    return _NAMES.get(type(value), type(value).__name__)
