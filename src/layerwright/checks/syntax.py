"""What a Python file imports and opens, and whether a failure there is caught, read from its syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from layerwright.checks.conditions import Setting, outcome

CALLS: Final = frozenset({
    "CDLL", "PyDLL", "LoadLibrary", "load_library", "find_library", "dlopen",
    "import_module", "__import__", "load_pycryptodome_raw_lib",
    "version", "distribution", "metadata", "get_distribution", "requires", "entry_points", "require",
})  # fmt: skip
"""The functions whose calls with a literal are kept: what opens a library, imports by name, or asks for metadata."""

_CATCHES: Final = frozenset(
    {"ImportError", "Exception", "BaseException", "OSError", "EnvironmentError", "WindowsError"}
)
_IMPORT_LINE = re.compile(
    rb"^([ \t]*)(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+([^#\n]*)|import[ \t]+([^#\n]+))", re.M
)


class How(IntEnum):
    """When a statement runs, and what becomes of an ImportError there; of nested blocks the greatest holds."""

    TOP = 0
    """It runs at import, and nothing catches."""
    CONDITIONAL = 1
    """It runs at import if a condition holds that can't be told here."""
    LAZY = 2
    """It runs when a function is called."""
    GUARDED_MISSING = 3
    """A handler goes on after ModuleNotFoundError, but not after a module that is found and fails to load."""
    GUARDED = 4
    """A handler goes on after any ImportError."""
    NEVER = 5
    """It doesn't run: for type checkers, for another system or version, for ``__main__``."""


class Import(NamedTuple):
    """An import statement: ``from {'.' * level}{module} import {names}``, or ``import {module}`` with no names."""

    module: str
    names: tuple[str, ...]
    level: int
    line: int
    how: How

    def goals(self, package: str) -> Iterator[str]:
        """Yield the dotted names that it may import, the longest first; ``package`` is the importing module's package.

        >>> list(Import("", ("_ext",), 1, 1, How.TOP).goals("psycopg2"))
        ['psycopg2._ext', 'psycopg2']
        """
        start = self.module
        if self.level:
            parts = package.split(".")
            kept = parts[: len(parts) - self.level + 1]
            start = ".".join((*kept, self.module)) if self.module else ".".join(kept)
        yield from (f"{start}.{name}" for name in self.names if name != "*" and start)
        while start:
            yield start
            start = start.rpartition(".")[0]


class Call(NamedTuple):
    """A call of one of CALLS, by the function's last name, with its first literal argument."""

    function: str
    literal: str
    line: int
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """What a file does with other modules.

    ``names`` are those that the module binds, ``*`` among them where a star import binds more. ``parsed`` is False where
    only the file's lines could be read; ``error`` is then the line and the parser's words.
    """

    imports: tuple[Import, ...]
    calls: tuple[Call, ...]
    names: frozenset[str]
    parsed: bool
    error: tuple[int, str] | None = None


def read_syntax(source: bytes, setting: Setting) -> Syntax:
    """Return what ``source`` imports and opens where it runs in ``setting``.

    A file that this interpreter's grammar doesn't know is read by its lines; an import that is indented then
    counts as caught, since that can't be told.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a package's odd escapes are not ours to report
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 0
        return Syntax(
            imports=tuple(_by_lines(source)),
            calls=(),
            names=frozenset(),
            parsed=False,
            error=(line, str(error)),
        )
    reader = _Reader(setting, tree.body)
    reader.read(tree.body, How.TOP)
    return Syntax(
        imports=tuple(reader.imports), calls=tuple(reader.calls), names=frozenset(reader.names), parsed=True
    )


def _by_lines(source: bytes) -> Iterator[Import]:
    for match in _IMPORT_LINE.finditer(source):
        indent, dots, module, names, plain = (
            group.decode("utf-8", "replace") if group else "" for group in match.groups()
        )
        line = source.count(b"\n", 0, match.start()) + 1
        how = How.GUARDED if indent else How.TOP
        if plain:
            for name in plain.split(","):
                yield Import(name.split()[0] if name.split() else "", (), 0, line, how)
        else:
            words = (word.split() for word in names.strip("() \t").split(","))
            yield Import(module, tuple(word[0] for word in words if word), len(dots), line, how)


class _Reader:
    """Walks statements; expressions are searched for calls alone."""

    def __init__(self, setting: Setting, body: list[ast.stmt]) -> None:
        self.setting = setting
        self.imports: list[Import] = []
        self.calls: list[Call] = []
        self.names: set[str] = set()
        # a function that the module itself calls while it is imported runs then
        self.called = {
            node.func.id
            for statement in body
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            for node in ast.walk(statement)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }

    def read(self, body: Iterable[ast.stmt], how: How) -> None:
        for statement in body:
            self._statement(statement, how)

    def _statement(self, node: ast.stmt, how: How) -> None:
        match node:
            case ast.Import(names=aliases):
                self.imports.extend(Import(alias.name, (), 0, node.lineno, how) for alias in aliases)
                self._bind(how, *((alias.asname or alias.name.partition(".")[0]) for alias in aliases))
            case ast.ImportFrom(module=module, names=aliases, level=level):
                names = tuple(alias.name for alias in aliases)
                self.imports.append(Import(module or "", names, level, node.lineno, how))
                self._bind(how, *((alias.asname or alias.name) for alias in aliases))
            case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                self._bind(how, name)
                self.read(body, how if how is How.TOP and name in self.called else max(how, How.LAZY))
            case ast.ClassDef(name=name, body=body):
                self._bind(how, name)
                outside = set(self.names)
                self.read(body, how)
                self.names = outside
            case _:
                self._block(node, how)

    def _block(self, node: ast.stmt, how: How) -> None:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self._branch(test, body, orelse, how)
            case ast.Try() | ast.TryStar():
                self._try(node, how)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    self._expression(item.context_expr, how)
                self.read(body, max(how, How.GUARDED) if any(map(_suppresses, items)) else how)
            case (
                ast.For(body=body, orelse=orelse)
                | ast.AsyncFor(body=body, orelse=orelse)
                | ast.While(body=body, orelse=orelse)
            ):
                self.read((*body, *orelse), how)
            case ast.Match(cases=cases):
                for case in cases:
                    self.read(case.body, max(how, How.CONDITIONAL))
            case _:
                for target in getattr(node, "targets", [getattr(node, "target", None)]):
                    self._bind(
                        how,
                        *(inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name))
                        if target
                        else (),
                    )
                self._expression(node, how)

    def _bind(self, how: How, *names: str) -> None:
        if how not in {How.NEVER, How.LAZY}:
            self.names.update(names)

    def _branch(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], how: How) -> None:
        self._expression(test, how)
        holds = outcome(test, self.setting)
        unknown = max(how, How.CONDITIONAL)
        self.read(body, unknown if holds is None else how if holds else How.NEVER)
        self.read(orelse, unknown if holds is None else How.NEVER if holds else how)

    def _try(self, node: ast.Try | ast.TryStar, how: How) -> None:
        inner = max((how, *(_after(handler) for handler in node.handlers)))
        self.read(node.body, inner)
        for handler in node.handlers:
            self.read(handler.body, max(how, How.GUARDED))
        self.read((*node.orelse, *node.finalbody), how)

    def _expression(self, node: ast.AST, how: How) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and (name := _last_name(inner.func)) in CALLS:
                literal = next(_literals(inner.args), None)
                if literal is not None:
                    self.calls.append(Call(name, literal, inner.lineno, how))


def _literals(arguments: Iterable[ast.AST]) -> Iterator[str]:
    for argument in arguments:
        for inner in ast.walk(argument):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value:
                yield inner.value


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _after(handler: ast.ExceptHandler) -> How:
    """What a handler makes of an ImportError in the block before it."""
    last = handler.body[-1]
    leaves = isinstance(last, ast.Raise) or (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and _last_name(last.value.func) in {"exit", "_exit"}
    )
    if leaves:
        return How.TOP
    if handler.type is None:
        return How.GUARDED
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {_last_name(kind) for kind in kinds}
    if names & (_CATCHES - {"OSError", "EnvironmentError", "WindowsError"}):
        return How.GUARDED
    return How.GUARDED_MISSING if "ModuleNotFoundError" in names else How.TOP


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    if not (isinstance(call, ast.Call) and _last_name(call.func) in {"suppress", "catch_warnings"}):
        return False
    return any(_last_name(argument) in _CATCHES for argument in call.args)
