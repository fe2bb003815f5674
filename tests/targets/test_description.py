"""Runtimes that a user describes: what is read, what is written, and what is refused."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerwright.errors import UsageError
from layerwright.targets import Target, lambda_targets, parse_target
from layerwright.targets.description import read_description, read_target, write_description
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import (
    BundledPackage,
    Confidence,
    LayerFolders,
    Library,
    Lifecycle,
    Runtime,
    Source,
    Tier,
)

WHOLE = """\
name = "my-image"
python = "3.11"
architecture = "arm64"
glibc = "2.31"

[libraries."libc.so.6"]
path = "/lib/aarch64-linux-gnu/libc.so.6"
needed = ["ld-linux-aarch64.so.1"]
versions = ["GLIBC_2.17", "GLIBC_2.31"]
exports = '''
[GLIBC_2.17]
memcpy malloc
[~GLIBC_2.31]
hidden
'''

[libraries."libexpat.so.1"]
"""


def described(folder: Path, text: str) -> Path:
    path = folder / "image.toml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def test_a_whole_description(tmp_path: Path) -> None:
    path = described(tmp_path, WHOLE)
    target = parse_target(str(path))
    assert target == Target(
        runtime="my-image", python=(3, 11), architecture="arm64", glibc=(2, 31), description=path
    )
    assert str(target) == str(path)
    runtime = load_runtime(target)
    assert runtime.target == target
    assert runtime.libraries["libc.so.6"] == Library(
        soname="libc.so.6",
        tier=Tier.SAFE,
        path="/lib/aarch64-linux-gnu/libc.so.6",
        needed=("ld-linux-aarch64.so.1",),
        versions=frozenset({"GLIBC_2.17", "GLIBC_2.31"}),
        exports=frozenset(
            {"memcpy", "memcpy@GLIBC_2.17", "malloc", "malloc@GLIBC_2.17", "hidden@GLIBC_2.31"}
        ),
    )
    assert runtime.libraries["libexpat.so.1"].exports is None
    assert runtime.complete
    assert runtime.tier("libGL.so.1") is Tier.ABSENT
    assert runtime.symbol_floor == runtime.symbol_ceiling == {"GLIBC": "2.31"}
    assert runtime.system_library_path[0] == "/lib/aarch64-linux-gnu"
    assert runtime.extension_suffixes[0] == ".cpython-311-aarch64-linux-gnu.so"
    assert "tomllib" in runtime.stdlib_modules
    assert "Py_IsNone" in (runtime.python_exports or ())
    assert (runtime.lifecycle, runtime.environment, runtime.bundled) == (None, {}, ())


def test_a_runtime_as_base(tmp_path: Path) -> None:
    path = described(
        tmp_path,
        """\
        name = "with-expat"
        python = "3.12"
        architecture = "x86_64"
        base = "python3.12"
        remove = ["libcurl.so.4"]
        [environment]
        MY_VARIABLE = "1"
        [symbols]
        floor = { GLIBCXX = "3.4.33" }
        [libraries."libexpat.so.1"]
        path = "/usr/lib64/libexpat.so.1"
        """,
    )
    runtime, base = read_description(path), load_runtime(parse_target("python3.12-x86_64"))
    assert runtime.tier("libexpat.so.1") is Tier.SAFE
    assert runtime.tier("libcurl.so.4") is Tier.ABSENT
    assert runtime.tier("libyaml-0.so.2") is Tier.UNKNOWN
    assert runtime.libraries["libc.so.6"] == base.libraries["libc.so.6"]
    assert not runtime.complete
    assert runtime.target.glibc == (2, 34)
    assert runtime.symbol_floor == {**base.symbol_floor, "GLIBCXX": "3.4.33"}
    assert runtime.symbol_ceiling == base.symbol_ceiling
    assert runtime.environment == {**base.environment, "MY_VARIABLE": "1"}
    assert (runtime.sys_path, runtime.lifecycle, runtime.title) == (
        base.sys_path,
        base.lifecycle,
        "with-expat",
    )


def test_a_system_as_base(tmp_path: Path) -> None:
    path = described(tmp_path, 'name = "x"\npython = "3.13"\narchitecture = "arm64"\nbase = "al2"\n')
    runtime = read_description(path)
    assert runtime.target.glibc == (2, 26)
    assert runtime.libraries.keys() == load_runtime(parse_target("python3.11-arm64")).libraries.keys() - {
        "libpython3.11.so.1.0"
    }
    assert (runtime.sys_path, runtime.environment, runtime.complete) == ((), {}, False)


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    first = read_target(described(tmp_path, WHOLE)).digest
    again = read_target(described(tmp_path, WHOLE)).digest
    other = read_target(described(tmp_path, WHOLE + "tier = 'likely'\n")).digest
    assert first == again != other


@pytest.mark.parametrize("target", lambda_targets(), ids=str)
def test_lambdas_own_runtimes_read_back(target: Target, tmp_path: Path) -> None:
    runtime, path = load_runtime(target), tmp_path / "image.toml"
    path.write_text(write_description(runtime), encoding="utf-8")
    assert read_description(path) == replace(runtime, target=replace(target, description=path))


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
WORDS = st.frozensets(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1), min_size=1)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="@"), min_size=1, max_size=6)
SYMBOLS = st.frozensets(NAMES | st.tuples(NAMES, NAMES).map("@".join))
DAYS = st.none() | st.dates(date(1980, 1, 1))
LIBRARIES = st.builds(
    Library,
    soname=TEXT,
    tier=st.sampled_from(Tier),
    path=st.none() | TEXT,
    needed=TEXTS,
    exports=st.none() | SYMBOLS,
    versions=st.none() | st.frozensets(TEXT, max_size=3),
)
RUNTIMES = st.builds(
    Runtime,
    target=st.builds(
        Target,
        runtime=TEXT,
        python=st.tuples(st.just(3), st.integers(7, 16)),
        architecture=st.sampled_from(["x86_64", "arm64"]),
        glibc=st.tuples(st.just(2), st.integers(17, 40)),
        description=st.none(),
    ),
    title=TEXT,
    system=TEXT,
    libraries=st.lists(LIBRARIES, max_size=3).map(
        lambda found: {library.soname: library for library in found}
    ),
    complete=st.booleans(),
    symbol_floor=st.dictionaries(TEXT, TEXT, min_size=1, max_size=2),
    symbol_ceiling=st.just({}),
    library_path=TEXTS,
    system_library_path=TEXTS,
    loaded=st.frozensets(TEXT, max_size=3),
    python_exports=st.none() | WORDS,
    extension_suffixes=TEXTS,
    stdlib_modules=WORDS,
    bundled=st.lists(
        st.builds(BundledPackage, name=TEXT, version=st.none() | TEXT, modules=TEXTS), max_size=2
    ).map(tuple),
    sys_path=TEXTS,
    layer=st.builds(LayerFolders, root=TEXT, python=TEXTS, library=TEXTS, executable=TEXTS, extension=TEXTS),
    environment=st.dictionaries(TEXT, TEXT, max_size=2),
    interpreter=TEXT,
    lifecycle=st.none() | st.builds(Lifecycle, preview=DAYS, available=DAYS, deprecated=DAYS),
    snapstart=st.booleans(),
    openssl=st.none() | TEXT,
    versions=st.dictionaries(TEXT, TEXT, max_size=2),
    sources=st.dictionaries(TEXT, st.builds(Source, st.sampled_from(Confidence), TEXT), max_size=2),
)


@given(RUNTIMES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200)
def test_any_runtime_reads_back(tmp_path: Path, runtime: Runtime) -> None:
    path = tmp_path / "image.toml"
    runtime = replace(runtime, symbol_ceiling=dict(runtime.symbol_floor))
    path.write_text(write_description(runtime), encoding="utf-8")
    expected = replace(runtime, target=replace(runtime.target, description=path))
    assert read_description(path) == expected
    assert read_target(path) == expected.target


HEAD = 'name = "x"\npython = "3.11"\narchitecture = "arm64"\nglibc = "2.31"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not TOML"),
        ('python = "3.11"\narchitecture = "arm64"\nglibc = "2.31"', "name: is missing; expected a string"),
        (HEAD.replace('"3.11"', "3.11"), "python: expected a string, got a number"),
        (
            HEAD.replace("3.11", "3.11.7"),
            "python: expected a version of two numbers such as '3.11', got '3.11.7'",
        ),
        (HEAD.replace("arm64", "aarch64"), "architecture: expected x86_64 or arm64, got 'aarch64'"),
        (HEAD.replace('glibc = "2.31"', ""), "glibc: is missing"),
        (HEAD.replace('glibc = "2.31"', 'base = "al3"'), "base: there is no system or runtime 'al3'"),
        (HEAD.replace('glibc = "2.31"', 'base = "python3.12"'), "base: python3.12 doesn't have Python 3.11"),
        ("schema_version = 2\n" + HEAD, "schema_version: expected 1, got 2"),
        (HEAD + "complete = 1", "complete: expected true or false, got an integer"),
        (HEAD + 'libary_path = ["/x"]', "libary_path: there is no such key"),
        (HEAD + "library_path = [1]", "library_path: expected an array of strings, got an integer in it"),
        (HEAD + 'remove = ["libz.so.1"]', "remove: the base has no library 'libz.so.1'"),
        (HEAD + '[libraries]\n"libz.so.1" = "x"', 'libraries."libz.so.1": expected a table, got a string'),
        (HEAD + '[libraries."libz.so.1"]\nneed = []', 'libraries."libz.so.1".need: there is no such key'),
        (
            HEAD + '[libraries."libz.so.1"]\ntier = "sure"',
            "libraries.\"libz.so.1\".tier: expected one of safe, likely, unknown, reported-absent, absent, got 'sure'",
        ),
        (HEAD + "[libraries.a]\nexports = 'word'", "libraries.a.exports: expected a .heading., got 'word'"),
        (HEAD + "[symbols]\nroof = {}", "symbols.roof: there is no such key"),
        (HEAD + "[symbols.floor]\nGLIBC = 2", "symbols.floor.GLIBC: expected a string, got an integer"),
        (HEAD + '[[bundled]]\nname = "a"', r"bundled\[0\].modules: is missing; expected an array"),
        (HEAD + "bundled = [1]", r"bundled\[0\].: expected a table, got an integer"),
        (
            HEAD + "[lifecycle]\navailable = 2024-01-01T00:00:00",
            "lifecycle.available: expected a date, got datetime",
        ),
        (
            HEAD + "[sources]\na = { how = 'guessed', source = '' }",
            "sources.a.how: expected one of verified, ",
        ),
        (HEAD + "[layer]\nroot = []", "layer.root: expected a string, got an array"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = described(tmp_path, text)
    with pytest.raises(UsageError, match=message) as caught:
        read_description(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_misspelt_key_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_description(described(tmp_path, HEAD + "libary_path = []"))
    assert caught.value.hint == "did you mean library_path?"


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(UsageError, match="not UTF-8 at byte 8"):
        read_target(path)
    with pytest.raises(UsageError, match="can't be read"):
        read_target(tmp_path)


def test_the_head_of_a_description_is_enough_for_its_target(tmp_path: Path) -> None:
    path = described(tmp_path, WHOLE + "\n[[[ not TOML")
    assert read_target(path).runtime == "my-image"
    with pytest.raises(UsageError, match="not TOML"):
        read_description(path)


def test_a_bracket_in_a_text_at_the_top_is_no_table(tmp_path: Path) -> None:
    path = described(tmp_path, "stdlib_modules = '''\n[a\n'''\n" + WHOLE)
    assert read_target(path).runtime == "my-image"
    assert read_description(path).stdlib_modules == {"[a"}
