"""What uv says, as it says it, and the error that becomes of it; the texts are uv 0.13.9's, and one is of an older layout."""

from __future__ import annotations

import pytest

from layerwright.errors import (
    BuildError,
    IntegrityError,
    InternalError,
    LayerwrightError,
    NetworkError,
    NoSolutionError,
    OfflineError,
    UsageError,
)
from layerwright.resolve.failure import failure_error, read_failure
from layerwright.resolve.uv import UvRun

UNSOLVED = """\
error: No solution found when resolving dependencies
  cause: Because requests==2.31.0 depends on urllib3>=1.21.1,<3 and you require requests==2.31.0, we can conclude that you require urllib3>=1.21.1,<3.
         And because only the following versions are available:
             urllib3<1
             urllib3>3
         your requirements are unsatisfiable.
"""
OLDER_LAYOUT = """\
  \N{MULTIPLICATION SIGN} No solution found when resolving dependencies:
  ╰─▶ Because only demo<=1 is available and you require demo>1, we can conclude
      that your requirements are unsatisfiable.

      hint: Pre-releases are available for `demo` in the requested range
"""
SOURCES = """\
error: No solution found when resolving dependencies
  cause: Because all versions of docopt have no usable wheels and you require docopt, we can conclude that your requirements are unsatisfiable.

hint: Wheels are required for `docopt` because building from source is disabled for all packages (i.e., with `--no-build`)
"""
NAMED_BUILD = """\
error: Failed to download and build `six @ https://me:secret@e.org/six-1.17.0.tar.gz`
  cause: Building source distributions for `six` is disabled
"""
REFUSED = """\
error: No solution found when resolving dependencies
  cause: Because six was not found in the package registry and you require six, we can conclude that your requirements are unsatisfiable.

hint: An index URL (http://127.0.0.1:8991/401/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized)
"""
UNREACHABLE = """\
error: Request failed after 3 retries in 7.8s
  cause: Failed to fetch: https://me:secret@nonexistent.invalid/simple/six/
  cause: error sending request for url (https://nonexistent.invalid/simple/six/)
  cause: client error (Connect)
  cause: dns error
  cause: failed to lookup address information: Name or service not known
"""
NOT_CACHED = """\
error: No solution found when resolving dependencies
  cause: Because pyramid was not found in the cache and you require pyramid, we can conclude that your requirements are unsatisfiable.

hint: Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.
"""
GIT = """\
   Updating https://127.0.0.1:9/foo/bar (HEAD)
error: Git operation failed
  cause: failed to clone into: /home/me/.cache/uv/git-v2/db/0627b301b1e53a11
  cause: process didn't exit successfully: `/usr/bin/git fetch` (exit status: 128)
         --- stderr
         fatal: unable to access 'https://127.0.0.1:9/foo/bar/': Couldn't connect to server
"""
SYNTAX = """\
warning: something else
error: Couldn't parse requirement in `-` at position 4
  cause: no such comparison operator "=>", must be one of ~= == != <= >= < > ===
         requests=>2
                 ^^^
"""
BROKEN = """\
error: Failed to download `foo==1.0`
  cause: Failed to extract archive: foo-1.0-py3-none-any.whl
  cause: Invalid zip file structure
"""
BACKEND = """\
error: The build backend returned an error
  cause: Call to `setuptools.build_meta.get_requires_for_build_wheel` failed (exit status: 1)

         [stderr]
         boom
"""


def _run(text: str, code: int = 1) -> UvRun:
    return UvRun(code=code, output=b"", messages=tuple(text.splitlines()), log=())


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (UNSOLVED, NoSolutionError, "Because requests==2.31.0 depends on"),
        (
            OLDER_LAYOUT,
            NoSolutionError,
            "Because only demo<=1 is available and you require demo>1, we can conclude\nthat",
        ),
        (SOURCES, NoSolutionError, "docopt have no usable wheels"),
        (NAMED_BUILD, BuildError, "`six @ https://e.org/six-1.17.0.tar.gz`"),
        (REFUSED, NetworkError, "(401 Unauthorized)"),
        (
            UNREACHABLE,
            NetworkError,
            "can't reach https://nonexistent.invalid/simple/six/: failed to lookup address",
        ),
        (GIT, NetworkError, "Couldn't connect to server"),
        (SYNTAX, UsageError, "requests=>2\n        ^^^"),
        (BROKEN, IntegrityError, "foo-1.0-py3-none-any.whl"),
        (BACKEND, BuildError, "boom"),
        ("error: File not found: nofile.txt", UsageError, "File not found: nofile.txt"),
        ("", UsageError, "uv failed without a word"),
    ],
)
def test_each_failure_has_its_kind(text: str, kind: type[LayerwrightError], message: str) -> None:
    error = failure_error(_run(text), offline=False)
    assert type(error) is kind
    assert message in str(error)
    assert "secret" not in f"{error}{error.hint}"
    assert "`-`" not in str(error)


def test_offline_failures() -> None:
    assert type(failure_error(_run(NOT_CACHED), offline=True)) is OfflineError
    assert type(failure_error(_run(UNREACHABLE), offline=True)) is NetworkError


def test_a_uv_that_was_killed_is_no_answer() -> None:
    assert type(failure_error(_run(UNSOLVED, code=-9), offline=False)) is InternalError


def test_hints_are_kept_where_they_help() -> None:
    assert failure_error(_run(OLDER_LAYOUT), offline=False).hint == (
        "Pre-releases are available for `demo` in the requested range"
    )
    assert failure_error(_run(SOURCES), offline=False).hint is None
    assert "UV_INDEX_" in (failure_error(_run(REFUSED), offline=False).hint or "")


def test_what_lacks_a_wheel_is_named() -> None:
    assert read_failure(_run(SOURCES)).need_source == {"docopt"}
    assert read_failure(_run(NAMED_BUILD)).need_source == {"six"}
    assert read_failure(_run("error: Building source distributions is disabled")).needs_build
    assert not read_failure(_run(UNSOLVED)).need_source
