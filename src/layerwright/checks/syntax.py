"""What a Python file imports and opens, read from its syntax tree once; when that runs is then judged for each target.

A statement is kept with what stands around it: the conditions of the ``if`` blocks, whether a function has to be called first,
and the exceptions after which a handler goes on.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
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
_CALL: Final = re.compile(rb"\b(?:" + b"|".join(name.encode() for name in sorted(CALLS)) + rb")\s*\(")
_IMPORT_LINE: Final = re.compile(
    rb"^([ \t]*)(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+([^#\n]*)|import[ \t]+([^#\n]+))", re.MULTILINE
)


class _When(NamedTuple):
    """What stands around a statement: the tests of ``if`` blocks with the outcome that leads here, and the rest.

    ``open`` says that a condition stands around it which is no test (a ``match``). ``instead`` are the modules that the
    nearest handler imports in turn, and ``outside`` what is caught around its try block.
    """

    tests: tuple[tuple[ast.expr, bool], ...] = ()
    caught: frozenset[str] = frozenset()
    lazy: bool = False
    open: bool = False
    instead: tuple[str, ...] = ()
    outside: frozenset[str] = frozenset()

    def how(self, setting: Setting) -> How:
        how = How.LAZY if self.lazy else How.CONDITIONAL if self.open else How.TOP
        for test, wanted in self.tests:
            holds = outcome(test, setting)
            if holds is None:
                how = max(how, How.CONDITIONAL)
            elif holds is not wanted:
                return How.NEVER
        return how

    def failing(self, setting: Setting, kinds: frozenset[str]) -> How:
        """When it runs, and what becomes of a failure that any of ``kinds`` catches."""
        how = self.how(setting)
        if not kinds.isdisjoint(self.caught):
            return max(how, How.GUARDED)
        return max(how, How.GUARDED_MISSING) if "ModuleNotFoundError" in self.caught else how


class _Wrapper(NamedTuple):
    """A function of the file that opens libraries: by which call, and the exceptions after which it always goes on."""

    function: str
    caught: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """A parsed file, for any setting; the ``how`` in ``imports`` and ``calls`` means nothing yet."""

    imports: tuple[tuple[Import, _When], ...]
    calls: tuple[tuple[Call, _When], ...]
    names: tuple[tuple[str, _When], ...]
    parsed: bool
    error: tuple[int, str] | None = None

    def judge(self, setting: Setting) -> Syntax:
        """Return what the file does where it runs in ``setting``."""
        if not self.parsed:
            imports = tuple(one for one, _ in self.imports)
            return Syntax(imports=imports, calls=(), names=frozenset(), parsed=False, error=self.error)
        return Syntax(
            imports=tuple(_judged(one, when, setting) for one, when in self.imports),
            calls=tuple(
                one._replace(how=when.failing(setting, _kinds(one.function))) for one, when in self.calls
            ),
            names=frozenset(name for name, when in self.names if when.how(setting) is not How.NEVER),
            parsed=True,
        )


def read_syntax(source: bytes, setting: Setting) -> Syntax:
    """Return what ``source`` imports and opens where it runs in ``setting``."""
    return read_statements(source).judge(setting)


def read_statements(source: bytes) -> Statements:
    """Return what ``source`` imports and opens.

    A file that this interpreter's grammar doesn't know is read by its lines; an import that is indented then
    counts as caught, since that can't be told.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a package's odd escapes are not ours to report
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        imports = tuple((one, _When()) for one in _by_lines(source))
        where = (getattr(error, "lineno", None) or 0, str(error))
        return Statements(imports=imports, calls=(), names=(), parsed=False, error=where)
    reader = _Reader(tree.body, with_calls=_CALL.search(source) is not None)
    reader.read(tree.body, _When())
    return Statements(
        imports=tuple(reader.imports), calls=tuple(reader.calls), names=tuple(reader.names), parsed=True
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
    """Walks statements; expressions are searched for calls alone, and only where the file's text has some."""

    def __init__(self, body: list[ast.stmt], *, with_calls: bool) -> None:
        self._body = body
        self._with_calls = with_calls
        self.imports: list[tuple[Import, _When]] = []
        self.calls: list[tuple[Call, _When]] = []
        self.names: list[tuple[str, _When]] = []
        self._wrappers: dict[str, _Wrapper] = {}

    @cached_property
    def _called(self) -> frozenset[str]:
        """The functions that the module itself calls while it is imported."""
        return frozenset(
            node.func.id
            for statement in self._body
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            for node in ast.walk(statement)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        )

    def read(self, body: Iterable[ast.stmt], when: _When) -> None:
        for statement in body:
            self._statement(statement, when)

    def _statement(self, node: ast.stmt, when: _When) -> None:
        match node:
            case ast.Import(names=aliases):
                self.imports.extend(
                    (Import(alias.name, (), 0, node.lineno, How.TOP), when) for alias in aliases
                )
                self._bind(when, *((alias.asname or alias.name.partition(".")[0]) for alias in aliases))
            case ast.ImportFrom(module=module, names=aliases, level=level):
                names = tuple(alias.name for alias in aliases)
                self.imports.append((Import(module or "", names, level, node.lineno, How.TOP), when))
                self._bind(when, *((alias.asname or alias.name) for alias in aliases))
            case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                self._bind(when, name)
                self._function(name, body, when)
            case ast.ClassDef(name=name, body=body):
                self._bind(when, name)
                outside = len(self.names)
                self.read(body, when)
                del self.names[outside:]
            case _:
                self._block(node, when)

    def _function(self, name: str, body: list[ast.stmt], when: _When) -> None:
        imports, calls, names = len(self.imports), len(self.calls), len(self.names)
        self.read(body, when._replace(lazy=True))
        del self.names[names:]
        if not when.lazy:
            self._keep_wrapper(name, self.calls[calls:])
        found = len(self.imports) > imports or len(self.calls) > calls
        if found and not when.lazy and name in self._called:
            # it runs while the module is imported
            self.imports[imports:] = [
                (one, around._replace(lazy=False)) for one, around in self.imports[imports:]
            ]
            self.calls[calls:] = [(one, around._replace(lazy=False)) for one, around in self.calls[calls:]]

    def _keep_wrapper(self, name: str, calls: list[tuple[Call, _When]]) -> None:
        """Remember a function that opens what it is given: its callers open it."""
        opening = [(call, when) for call, when in calls if call.function in _OPENING and not call.literal]
        if opening:
            surest, _ = min(opening, key=lambda one: one[0].function == "find_library")
            caught = frozenset.intersection(*(when.caught for _, when in opening))
            self._wrappers[name] = _Wrapper(surest.function, caught)

    def _block(self, node: ast.stmt, when: _When) -> None:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self._expression(test, when)
                self.read(body, when._replace(tests=(*when.tests, (test, True))))
                self.read(orelse, when._replace(tests=(*when.tests, (test, False))))
            case ast.Try() | ast.TryStar():
                self._try(node, when)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    self._expression(item.context_expr, when)
                self.read(body, when._replace(caught=when.caught.union(*map(_suppressed, items))))
            case (
                ast.For(body=body, orelse=orelse)
                | ast.AsyncFor(body=body, orelse=orelse)
                | ast.While(body=body, orelse=orelse)
            ):
                self.read((*body, *orelse), when)
            case ast.Match(cases=cases):
                for case in cases:
                    self.read(case.body, when._replace(open=True))
            case _:
                if not when.lazy:
                    for target in getattr(node, "targets", [getattr(node, "target", None)]):
                        self._bind(when, *_bound(target))
                self._expression(node, when)

    def _bind(self, when: _When, *names: str) -> None:
        if not when.lazy:
            self.names.extend((name, when) for name in names)

    def _try(self, node: ast.Try | ast.TryStar, when: _When) -> None:
        body = when._replace(
            caught=when.caught.union(*map(_caught, node.handlers)),
            instead=tuple(name for handler in node.handlers for name in _imported(handler)),
            outside=when.caught,
        )
        self.read(node.body, body)
        for handler in node.handlers:
            self.read(handler.body, when._replace(caught=when.caught | {"*"}))
        self.read((*node.orelse, *node.finalbody), when)

    def _expression(self, node: ast.AST, when: _When) -> None:
        if not self._with_calls:
            return
        for inner in ast.walk(node):
            if not isinstance(inner, ast.Call):
                continue
            name = _last_name(inner.func)
            if name in CALLS:
                literal = _literal(inner.args)
                if literal or name in _OPENING:
                    self.calls.append((Call(name, literal, inner.lineno, How.TOP), when))
            elif (wrapper := self._wrappers.get(name)) and ".so" in (literal := _literal(inner.args)):
                # What a flag makes of a failure, such as allow_fail=True, can't be told.
                flagged = any(isinstance(word.value, ast.Constant) for word in inner.keywords)
                around = when._replace(caught=when.caught | wrapper.caught, open=when.open or flagged)
                self.calls.append((Call(wrapper.function, literal, inner.lineno, How.TOP), around))


def _judged(one: Import, when: _When, setting: Setting) -> Import:
    how = when.failing(setting, _OF_IMPORTS)
    if not when.instead:
        return one._replace(how=how)
    uncaught = when._replace(caught=when.outside).failing(setting, _OF_IMPORTS)
    return one._replace(how=how, instead=when.instead, uncaught=uncaught)


def _kinds(function: str) -> frozenset[str]:
    return _OF_LIBRARIES if function in _OPENING else _OF_METADATA if function in _LOOKING_UP else _OF_IMPORTS


def _bound(target: ast.AST | None) -> list[str]:
    return [inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name)] if target else []


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


def _imported(handler: ast.ExceptHandler) -> Iterator[str]:
    """The modules that a handler of failed imports needs in turn; none of this package, for those are another matter."""
    if not (_caught(handler) & (_OF_IMPORTS | {"ModuleNotFoundError"})):
        return
    for statement in handler.body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module


def _suppressed(item: ast.withitem) -> frozenset[str]:
    call = item.context_expr
    if isinstance(call, ast.Call) and _last_name(call.func) == "suppress":
        return frozenset(map(_last_name, call.args))
    return frozenset()
