"""The handler isn't there.

## What it checks

The name of the handler as the runtime client takes it apart: a dot in it, a module that can be imported and is no built-in one,
and a function of that name at the top of it.

## Why it fails on Lambda

`Unable to import module 'app'`, `Handler 'handler' missing on module 'app'`, `Bad handler 'app'`, or `Cannot use built-in
module time as a handler module`, with the first event.

## Example

`--handler app.main`, where `app.py` defines `handler`.

## Fix

Give the handler as `module.function`, with the module's path from the function's folder: `src/app.handler`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
- https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.function import handler_module
from layerwright.checks.modules import Form

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

# sys.builtin_module_names of CPython that could be mistaken for a module of one's own (the rest begin with an underscore)
_BUILT_IN: Final = frozenset(
    {
        "atexit",
        "builtins",
        "errno",
        "faulthandler",
        "gc",
        "itertools",
        "marshal",
        "posix",
        "pwd",
        "sys",
        "time",
        "xxsubtype",
    }
)


def _run(subject: Subject) -> Iterator[Finding]:
    handler = subject.handler or ""
    layer = subject.function.name if subject.function else ""
    module, function = handler_module(handler)
    found = subject.modules.find(module)
    if not function:
        message = f"Bad handler {handler!r}: it has to be module.function"
    elif module.partition(".")[0] in _BUILT_IN:
        message = f"Cannot use built-in module {module} as a handler module"
    elif found is None or found.form is Form.NAMESPACE:
        message = f"there is no module {module} in the function or its layers"
    elif _lacks(subject, found.path, function):
        message = f"{subject.stack.place(found.path).path} defines no {function}"
    else:
        return
    yield CHECK.finding(subject, message, layer=layer, detail={"handler": handler})


def _lacks(subject: Subject, path: str, function: str) -> bool:
    if not path.endswith(".py"):
        return False
    syntax = subject.syntax(path)
    if (
        not syntax.parsed
        or syntax.names & {"*", "__getattr__"}
        or b"globals()" in subject.contents.source(path)
    ):
        return False
    package = subject.modules.find(f"{subject.modules.name_of(path)}.{function}")
    return function not in syntax.names and package is None


CHECK = Check(
    id="handler-missing",
    summary="The handler isn't there",
    severity=Severity.ERROR,
    needs=frozenset({Need.HANDLER}),
    run=_run,
    fix="Give the handler as `module.function`, with the module's path from the function's folder.",
)
