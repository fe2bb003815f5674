"""Error messages of Lambda, the loader and Python, taken apart: what kind of failure, and of what module, library or symbol."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Symptom(NamedTuple):
    """What a message says.

    ``kind`` groups messages with the same causes; ``name`` is the module, library, symbol, project or path that it names, empty
    where it names none; ``file`` the file that it is about; ``checks`` the ids of checks that look for its causes, or
    patterns of ids, the likeliest first; ``meaning`` says it in plain words.
    """

    kind: str
    name: str
    file: str
    checks: tuple[str, ...]
    meaning: str


class _Pattern(NamedTuple):
    kind: str
    expression: re.Pattern[str]
    checks: tuple[str, ...]
    meaning: str


def _p(kind: str, expression: str, checks: str, meaning: str) -> _Pattern:
    return _Pattern(kind, re.compile(expression), tuple(checks.split()), meaning)


_FILE: Final = "binary-not-elf binary-not-linux elf-truncated elf-not-loadable elf-misaligned-segment"
_LOADER: Final = "elf-missing-library elf-not-on-search-path elf-symbol-version elf-undefined-symbol elf-untold-symbol musl-binary"
_EXTENSION: Final = (
    f"extension-wrong-suffix elf-wrong-machine extension-no-init {_FILE} {_LOADER} "
    "layout-* metadata-missing-file archive-*"
)
# The first that matches counts, so what is special stands before what is general.
_PATTERNS: Final = (
    _p("sdk", r"cannot import name '(?P<name>DEFAULT_CIPHERS)'", "sdk-urllib3-clash sdk-partial metadata-version-conflict",
       "An old botocore meets urllib3 2, which no longer has that name."),
    _p("openssl", r"(?P<name>urllib3) v?2[\w.]* only supports OpenSSL", "sdk-urllib3-clash",
       "urllib3 2 refuses to be imported with the runtime's old OpenSSL."),
    _p("service", r"Unknown service: '(?P<name>[\w-]+)'", "sdk-too-old sdk-partial sdk-shadowed",
       "The boto3 that runs is older than the service."),
    _p("sdk", r"(?P<name>boto(?:core|3))[\w.]*(?:.*)(?:DataNotFoundError|cannot import name)", "sdk-partial metadata-version-conflict",
       "Parts of the AWS SDK are of different versions."),
    _p("numpy-source", r"should not try to import (?P<name>numpy) from|Importing the (?P<name2>numpy) C-extensions failed", _EXTENSION,
       "numpy's own words for: its extension modules are there, and can't be loaded here."),
    _p("numpy-abi", r"(?P<name>numpy)\.\w+ size changed|using (?P<name2>NumPy) 1\.x cannot be run|numpy\.core\.multiarray failed to import",
       "numpy-abi-mix metadata-version-conflict metadata-two-versions wheel-built-locally",
       "An extension module was compiled against another major version of numpy."),
    _p("handler", r"Handler '(?P<name>[^']+)' missing on module", "handler-missing", "The module was imported; the function isn't in it."),
    _p("handler", r"Bad handler '(?P<name>[^']+)'", "handler-missing", "The handler has to be module.function."),
    _p("handler", r"Cannot use built-in module (?P<name>\S+)", "handler-missing", "The handler's module has the name of a built-in one."),
    _p("syntax", r"Syntax error in module '(?P<name>[^']+)'|(?P<file>[\w./-]+\.py), line \d+.*SyntaxError",
       "function-syntax-error metadata-requires-python", "A source file is not valid for the runtime's Python."),
    _p("metadata", r"No package metadata was found for (?P<name>[\w.-]+)|DistributionNotFound.*'(?P<name2>[A-Za-z][\w.-]*)|PackageNotFoundError: (?P<name3>(?!No\b)[\w.-]+)",
       "metadata-absent metadata-missing-dependency editable-install", "Code asks for a distribution's metadata, which is not there."),
    _p("relative", r"attempted relative import", "import-missing handler-missing", "A module at the top of the function uses a relative import."),
    _p("bytecode", r"bad magic number in '(?P<name>[\w.]+)'", "bytecode-other-python", "A module has no source, and its bytecode is for another Python."),
    _p("import-name", r"cannot import name '(?P<leaf>[\w]+)' from '(?P<name>[\w.]+)'", f"{_EXTENSION} import-missing metadata-version-conflict metadata-two-versions metadata-missing-file module-hidden stdlib-shadowed",
       "The module is found and lacks the name: a part of it can't be loaded, or it is another version."),
    _p("module", r"No module named '?(?P<name>[\w.]+)'?",
       f"extension-wrong-suffix elf-wrong-machine layout-* metadata-missing-dependency metadata-missing-file metadata-without-files editable-install import-missing module-hidden stdlib-removed file-not-readable environment-hides-layers {_EXTENSION}",
       "Python found no file for the module that this runtime could use."),
    _p("native-module", r"Cannot load native module '(?P<name>[\w.]+)'", _EXTENSION, "A library that the package opens by path can't be loaded here."),
    _p("version", r"(?:(?P<file>\S+): )?version [`'](?P<name>\w+_[\w.]+)' not found(?: \(required by (?P<by>[^)]+)\))?", "elf-symbol-version elf-hidden-by-system musl-binary wheel-built-locally",
       "The file needs a newer system library than the runtime has."),
    _p("library", r"(?P<name>lib[\w+.-]+\.so[\w.]*|ld-[\w.-]+): cannot open shared object file", "elf-missing-library elf-not-on-search-path elf-wrong-machine musl-binary library-not-found symlink-dangling executable-broken",
       "A shared library that something needs is nowhere on the loader's path."),
    _p("wrong-machine", r"(?P<file>/\S+\.so[\w.]*): cannot open shared object file", "elf-wrong-machine symlink-dangling",
       "The file is there, and for another CPU: the loader says the same as for a missing file."),
    _p("library", r"Could not find (?:lib|library) (?P<name>[\w.+-]+)|(?:could not|unable to|cannot|failed to) (?:find|load) (?:the )?(?:shared )?library '?(?P<name2>[\w.+/-]+)"
       r"|no library called \"(?P<name3>[\w.+-]+)|failed to find (?P<name4>lib[\w.+-]*\w)",
       "library-not-found elf-missing-library elf-not-on-search-path", "Code opens a library by name, and finds none."),
    _p("symbol", r"(?:(?P<file>\S+): )?undefined symbol: (?P<name>[\w@.]+)", "elf-undefined-symbol elf-untold-symbol elf-hidden-by-system wheel-built-locally", "The file needs a function that nobody here offers."),
    _p("init", r"does not define module export function \((?P<name>PyInit\w*)\)", "extension-no-init", "The file was renamed, or is no module of Python 3."),
    _p("alignment", r"(?:(?P<file>\S+): )?ELF load command (?:address/offset|alignment) not", "elf-misaligned-segment metadata-changed-file", "A tool such as strip damaged the file."),
    _p("not-elf", r"(?:(?P<file>\S+): )?(?:invalid ELF header|file too short|wrong ELF class|not a dynamic)", f"{_FILE} metadata-changed-file archive-unreadable",
       "The file is no 64-bit Linux library: of another system, damaged, or a Git LFS pointer."),
    _p("stack", r"cannot enable executable stack", "elf-executable-stack", "The file asks for an executable stack, which the system refuses."),
    _p("memory", r"signal: killed|Runtime\.OutOfMemory", "", "The process was killed, as a rule for more memory than the function has. No layer's fault: give it more."),
    _p("timeout", r"Task timed out after", "", "The handler did not answer in the function's time. No layer's fault, unless it fetches at run time what it could carry."),
    _p("crash", r"illegal instruction|SIGILL", "elf-cpu-level wheel-built-locally", "The file uses instructions that the CPU lacks."),
    _p("crash", r"segmentation fault|SIGSEGV|SIGBUS|bus error|signal: ", "elf-truncated metadata-changed-file elf-cpu-level wheel-built-locally numpy-abi-mix archive-unreadable",
       "Native code failed: a truncated or mangled file, or parts that don't belong together."),
    _p("permission", r"\[Errno 13\]|[Pp]ermission denied(?:: '(?P<file>[^']+)')?", "file-not-readable executable-broken", "The user that Lambda runs as may not read or run the file."),
    _p("exec", r"[Ee]xec format error|fork/exec (?P<file>[^\s:]+)", "executable-broken elf-wrong-machine", "A program is for another CPU, or a script without a proper first line."),
    _p("size", r"[Uu]nzipped size must be smaller|combined with layers exceeds|Layers consume more than", "size-unzipped archive-bomb library-copies junk-files bytecode-other-python",
       "Function and layers are larger than 250 MB unzipped."),
    _p("upload", r"Request must be smaller|Zipped size must be smaller|RequestEntityTooLarge", "size-upload", "The zip is too large for one request."),
    _p("count", r"Cannot reference more than \d+ layers", "layer-count", "A function can have five layers."),
    _p("unzip", r"Could not unzip|layer conversion failed", "archive-* path-conflict symlink-dangling", "AWS could not unpack the zip."),
    _p("runtime", r"runtime parameter of (?P<name>\S+) is no longer supported", "runtime-deprecated", "AWS takes no functions with this runtime any more."),
    _p("shadow", r"module '(?P<name>\w+)' has no attribute", "stdlib-shadowed metadata-two-versions metadata-version-conflict", "Another module of that name was imported than the code means."),
)  # fmt: skip


def read_message(message: str) -> Symptom | None:
    """Return what an error message says, None for one of no known kind.

    >>> read_message("Unable to import module 'app': No module named 'psycopg2._psycopg'").name
    'psycopg2._psycopg'
    """
    for pattern in _PATTERNS:
        match = pattern.expression.search(message)
        if match is not None:
            found = {key: value for key, value in match.groupdict().items() if value}
            name = next((found[key] for key in ("name", "name2", "name3", "name4") if key in found), "")
            if "leaf" in found:
                name = f"{name}.{found['leaf']}"
            return Symptom(
                pattern.kind, name, found.get("by", found.get("file", "")), pattern.checks, pattern.meaning
            )
    return None
