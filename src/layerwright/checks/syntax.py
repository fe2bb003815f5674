"""What a Python file imports and opens, and whether a failure there is caught, read from its syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from layerwright.checks.conditions import outcome
from layerwright.checks.statements import CALLS, Call, How, Import, Setting, Syntax

_ALL: Final = frozenset({"*", "Exception", "BaseException"})
_OF_IMPORTS: Final = _ALL | {"ImportError"}
_OF_LIBRARIES: Final = _ALL | {"OSError", "EnvironmentError", "IOError", "WindowsError"}
_OF_METADATA: Final = _OF_IMPORTS | {"ModuleNotFoundError", "PackageNotFoundError", "DistributionNotFound"}
_OPENING: Final = frozenset({"CDLL", "PyDLL", "LoadLibrary", "load_library", "find_library", "dlopen"})
_LOOKING_UP: Final = frozenset(
    {"version", "distribution", "metadata", "get_distribution", "requires", "require"}
)
_IMPORT_LINE = re.compile(
    rb"^([ \t]*)(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+([^#\n]*)|import[ \t]+([^#\n]+))", re.M
)


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
    reader.read(tree.body, _When(How.TOP))
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


class _When(NamedTuple):
    """When the statements of a block run, and the names of exceptions after which a handler goes on."""

    how: How
    caught: frozenset[str] = frozenset()

    def at_most(self, how: How) -> _When:
        return _When(max(self.how, how), self.caught)

    def of(self, kinds: frozenset[str]) -> How:
        """What becomes of a failure that any of ``kinds`` catches."""
        if not kinds.isdisjoint(self.caught):
            return max(self.how, How.GUARDED)
        return max(self.how, How.GUARDED_MISSING) if "ModuleNotFoundError" in self.caught else self.how


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

    def read(self, body: Iterable[ast.stmt], when: _When) -> None:
        for statement in body:
            self._statement(statement, when)

    def _statement(self, node: ast.stmt, when: _When) -> None:
        match node:
            case ast.Import(names=aliases):
                how = when.of(_OF_IMPORTS)
                self.imports.extend(Import(alias.name, (), 0, node.lineno, how) for alias in aliases)
                self._bind(when, *((alias.asname or alias.name.partition(".")[0]) for alias in aliases))
            case ast.ImportFrom(module=module, names=aliases, level=level):
                names = tuple(alias.name for alias in aliases)
                self.imports.append(Import(module or "", names, level, node.lineno, when.of(_OF_IMPORTS)))
                self._bind(when, *((alias.asname or alias.name) for alias in aliases))
            case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                self._bind(when, name)
                at_once = when.how is How.TOP and name in self.called
                self.read(body, when if at_once else when.at_most(How.LAZY))
            case ast.ClassDef(name=name, body=body):
                self._bind(when, name)
                outside = set(self.names)
                self.read(body, when)
                self.names = outside
            case _:
                self._block(node, when)

    def _block(self, node: ast.stmt, when: _When) -> None:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self._branch(test, body, orelse, when)
            case ast.Try() | ast.TryStar():
                self._try(node, when)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    self._expression(item.context_expr, when)
                caught = when.caught.union(*map(_suppressed, items))
                self.read(body, _When(when.how, caught))
            case (
                ast.For(body=body, orelse=orelse)
                | ast.AsyncFor(body=body, orelse=orelse)
                | ast.While(body=body, orelse=orelse)
            ):
                self.read((*body, *orelse), when)
            case ast.Match(cases=cases):
                for case in cases:
                    self.read(case.body, when.at_most(How.CONDITIONAL))
            case _:
                for target in getattr(node, "targets", [getattr(node, "target", None)]):
                    names = (
                        [inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name)]
                        if target
                        else []
                    )
                    self._bind(when, *names)
                self._expression(node, when)

    def _bind(self, when: _When, *names: str) -> None:
        if when.how not in {How.NEVER, How.LAZY}:
            self.names.update(names)

    def _branch(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], when: _When) -> None:
        self._expression(test, when)
        holds = outcome(test, self.setting)
        unknown, never = when.at_most(How.CONDITIONAL), when.at_most(How.NEVER)
        self.read(body, unknown if holds is None else when if holds else never)
        self.read(orelse, unknown if holds is None else never if holds else when)

    def _try(self, node: ast.Try | ast.TryStar, when: _When) -> None:
        self.read(node.body, _When(when.how, when.caught.union(*map(_caught, node.handlers))))
        for handler in node.handlers:
            self.read(handler.body, _When(when.how, when.caught | {"*"}))
        self.read((*node.orelse, *node.finalbody), when)

    def _expression(self, node: ast.AST, when: _When) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and (name := _last_name(inner.func)) in CALLS:
                literal = _literal(inner.args)
                if literal or name in _OPENING:
                    kinds = (
                        _OF_LIBRARIES
                        if name in _OPENING
                        else _OF_METADATA
                        if name in _LOOKING_UP
                        else _OF_IMPORTS
                    )
                    self.calls.append(Call(name, literal, inner.lineno, when.of(kinds)))


def _literal(arguments: Iterable[ast.expr]) -> str:
    """The first literal among the arguments, or one that ends like a library; empty where a variable is a part of it."""
    inner = [node for argument in arguments for node in ast.walk(argument)]
    if any(isinstance(node, ast.JoinedStr) for node in inner):
        return ""
    words = [
        node.value
        for node in inner
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value
    ]
    return next((word for word in words if ".so" in word), words[0] if words else "")


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _caught(handler: ast.ExceptHandler) -> frozenset[str]:
    """The names of the exceptions after which a handler goes on: none where it raises in the end, or leaves the process."""
    last = handler.body[-1]
    exits = (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and _last_name(last.value.func) in {"exit", "_exit"}
    )
    if exits or isinstance(last, ast.Raise):
        return frozenset()
    if handler.type is None:
        return frozenset({"*"})
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(map(_last_name, kinds))


def _suppressed(item: ast.withitem) -> frozenset[str]:
    call = item.context_expr
    if isinstance(call, ast.Call) and _last_name(call.func) == "suppress":
        return frozenset(map(_last_name, call.args))
    return frozenset()
