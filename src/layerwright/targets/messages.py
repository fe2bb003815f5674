"""What Lambda says when something fails, word for word."""

from __future__ import annotations

from dataclasses import dataclass

from layerwright.targets.entry import read_data


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """An error of the runtime client: ``type`` is its errorType, ``text`` its errorMessage."""

    type: str
    text: str


def api_message(name: str, **values: object) -> str:
    """Return what AWS's API answers, filled in.

    >>> api_message("too_many_layers", limit=5)
    'Cannot reference more than 5 layers.'
    """
    template: str = read_data("messages.toml")["api"][name]
    return template.format(**values)


def loader_message(name: str, **values: object) -> str:
    """Return what the loader, or Python's import, says, filled in.

    >>> loader_message("missing_library", soname="libGL.so.1")
    'libGL.so.1: cannot open shared object file: No such file or directory'
    """
    template: str = read_data("messages.toml")["loader"][name]
    return template.format(**values)


def runtime_message(name: str, **values: object) -> ErrorMessage:
    """Return how Lambda's runtime client reports an error, filled in.

    >>> runtime_message("handler_not_found", function="f", module="app").type
    'Runtime.HandlerNotFound'
    """
    fact = read_data("messages.toml")["runtime"][name]
    return ErrorMessage(type=fact["type"], text=fact["text"].format(**values))
