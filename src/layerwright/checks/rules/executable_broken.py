"""A program can't be started.

## What it checks

Files in `extensions/` and `bin/`: the machine of binaries, the first line of scripts (its line ending, whether what it names
can be on Lambda), and the permission to execute.

## Why it fails on Lambda

Lambda starts everything in `/opt/extensions` before the function, and a failure stops the function: `exec format error`,
`permission denied`, `no such file or directory`. What is in `/opt/bin` fails when the function calls it.

## Example

`extensions/collector`, built for amd64, in a layer for arm64; a script saved with Windows line endings.

## Fix

Build for the target's architecture; `chmod +x`; save scripts with LF, and `#!/bin/sh` first.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
- https://github.com/aws-samples/aws-lambda-extensions/issues/57
- https://github.com/elastic/apm-aws-lambda/issues/92
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity
from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_MACHINES: Final = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64"}
_FOREIGN: Final = {
    b"MZ": "a Windows program",
    b"\xcf\xfa\xed\xfe": "a macOS program",
    b"\xca\xfe\xba\xbe": "a macOS program",
}
_ELSEWHERE: Final = ("/home/", "/Users/", "/root/", "/private/", "/github/", "/tmp/", "/venv/", "/app/")  # noqa: S108 - not ours


def _run(subject: Subject) -> Iterator[Finding]:
    folders = subject.runtime.layer
    for folder in (*folders.extension, *folders.executable):
        base = f"{folders.root}/{folder}"
        for name, kind in sorted(subject.stack.folders.get(base, {}).items()):
            path = subject.stack.resolve(f"{base}/{name}")
            if kind is Kind.DIRECTORY or path is None or path not in subject.stack or name.startswith("."):
                continue
            reason = _reason(subject, path)
            if reason:
                is_extension = folder in folders.extension
                yield CHECK.finding(
                    subject,
                    f"{folder}/{name} can't be started: {reason}",
                    paths=[path],
                    severity=Severity.ERROR if is_extension else Severity.WARNING,
                )


def _reason(subject: Subject, path: str) -> str | None:
    data = subject.contents.source(path)
    if data[:4] == b"\x7fELF":
        machine = _MACHINES.get(int.from_bytes(data[18:20], "little"), "another machine")
        if machine != subject.target.machine:
            return f"it is built for {machine}, the target is {subject.target.machine}"
    elif data[:2] == b"#!":
        line = data.partition(b"\n")[0]
        if line.endswith(b"\r"):
            return "its first line ends with a carriage return (CRLF), which becomes a part of the interpreter's name"
        words = line[2:].decode("utf-8", "replace").split()
        if words and words[0].startswith(_ELSEWHERE):
            return f"its interpreter is {words[0]}, a path of the machine that built it"
    else:
        foreign = next((title for magic, title in _FOREIGN.items() if data.startswith(magic)), None)
        return (
            f"it is {foreign}"
            if foreign
            else "it is neither a Linux program nor a script that begins with #!"
        )
    if not subject.stack[path].mode & 0o111:
        return f"it is not executable (mode {subject.stack[path].mode:o})"
    return None


CHECK = Check(
    id="executable-broken",
    summary="A program can't be started",
    severity=Severity.ERROR,
    run=_run,
    fix="Build for the target's architecture; `chmod +x`; save scripts with LF, and `#!/bin/sh` first.",
)
