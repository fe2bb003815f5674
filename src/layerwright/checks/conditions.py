"""Whether the condition of an ``if`` holds on a Lambda runtime, as far as its own words tell."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Final

from layerwright.checks.statements import Setting

_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_NAMES: Final[dict[str, object]] = {
    "TYPE_CHECKING": False,
    "typing.TYPE_CHECKING": False,
    "t.TYPE_CHECKING": False,
    "sys.platform": "linux",
    "os.name": "posix",
    "sys.implementation.name": "cpython",
    "sys.byteorder": "little",
    "__name__": "",
    "__debug__": True,
    "PY2": False,
    "PY3": True,
    "six.PY2": False,
    "six.PY3": True,
    "platform.system()": "Linux",
    "platform.python_implementation()": "CPython",
}


class _UnknownError(Exception):
    """A part of the condition can't be told from its text."""


def outcome(test: ast.expr, setting: Setting) -> bool | None:
    """Return whether the condition holds, None where that can't be told.

    >>> outcome(ast.parse("sys.version_info >= (3, 9)", mode="eval").body, Setting((3, 8), "x86_64"))
    False
    """
    try:
        return bool(_value(test, setting))
    except (_UnknownError, TypeError, ValueError, AttributeError, IndexError):
        return None


def _value(node: ast.expr, setting: Setting) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return tuple(_value(part, setting) for part in parts)
        case ast.UnaryOp() | ast.BoolOp() | ast.Compare():
            return _combined(node, setting)
        case ast.Call(func=ast.Attribute(value=owner, attr="startswith"), args=[argument]):
            return _value(owner, setting).startswith(_value(argument, setting))
        case ast.Subscript(value=owner, slice=index):
            return _item(_value(owner, setting), index, setting)
    return _named(ast.unparse(node), setting)


def _combined(node: ast.UnaryOp | ast.BoolOp | ast.Compare, setting: Setting) -> Any:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, setting)
        case ast.BoolOp(op=op, values=values):
            return _either(values, setting, settles=isinstance(op, ast.Or))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compare(_value(left, setting), op, _value(right, setting))
    raise _UnknownError(ast.unparse(node))


def _named(name: str, setting: Setting) -> Any:
    if name in {"sys.version_info", "version_info"}:
        return (*setting.python, 0, "final", 0)
    if name == "sys.version_info.major":
        return setting.python[0]
    if name == "sys.version_info.minor":
        return setting.python[1]
    if name == "platform.machine()":
        return setting.machine
    if name in _NAMES:
        return _NAMES[name]
    raise _UnknownError(name)


def _either(values: list[ast.expr], setting: Setting, *, settles: bool) -> bool:
    """The value of ``or`` (settled by a true part) and ``and`` (settled by a false one), unknown parts allowed for."""
    unknown: _UnknownError | None = None
    for value in values:
        try:
            if bool(_value(value, setting)) is settles:
                return settles
        except _UnknownError as error:
            unknown = error
    if unknown:
        raise unknown
    return not settles


def _compare(left: Any, op: ast.cmpop, right: Any) -> bool:
    # Python compares a version_info of five with a tuple of two; so (3, 8, 0, ...) == (3, 8) is False there as here
    return _COMPARE[type(op)](left, right)


def _item(owner: Any, index: ast.expr, setting: Setting) -> Any:
    if not isinstance(index, ast.Slice):
        return owner[_value(index, setting)]
    bounds = (
        None if part is None else _value(part, setting) for part in (index.lower, index.upper, index.step)
    )
    return owner[slice(*bounds)]
