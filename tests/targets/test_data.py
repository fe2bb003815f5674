"""The packaged facts: each has a source, lists don't overlap, and they agree with what was established elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from layerwright.targets.entry import DATA, read_data
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Confidence, Tier
from layerwright.targets.sections import read_sections
from layerwright.targets.target import lambda_targets, parse_target

FACTS = ("runtimes.toml", "lambda.toml", "al2.toml", "al2023.toml", "quotas.toml", "messages.toml")

# auditwheel's allow-list for manylinux_2_24 and later: pypa/auditwheel 86154d1.
MANYLINUX = frozenset(
    [
        "libGL.so.1",
        "libICE.so.6",
        "libSM.so.6",
        "libX11.so.6",
        "libXext.so.6",
        "libXrender.so.1",
        "libanl.so.1",
        "libatomic.so.1",
        "libc.so.6",
        "libdl.so.2",
        "libexpat.so.1",
        "libgcc_s.so.1",
        "libglib-2.0.so.0",
        "libgobject-2.0.so.0",
        "libgthread-2.0.so.0",
        "libm.so.6",
        "libmvec.so.1",
        "libnsl.so.1",
        "libpthread.so.0",
        "libresolv.so.2",
        "librt.so.1",
        "libstdc++.so.6",
        "libutil.so.1",
        "libz.so.1",
    ]
)
NO_GRAPHICS = frozenset(
    [
        "libGL.so.1",
        "libICE.so.6",
        "libSM.so.6",
        "libX11.so.6",
        "libXext.so.6",
        "libXrender.so.1",
        "libatomic.so.1",
        "libexpat.so.1",
    ]
)
NO_GLIB = frozenset(["libglib-2.0.so.0", "libgobject-2.0.so.0", "libgthread-2.0.so.0"])


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path


def covers(source: str, path: tuple[str, ...]) -> bool:
    """Whether a source's key path leads to a fact; a star stands for one key."""
    pattern = re.escape(source).replace(r"\*", r"[^/]+").replace(r"\.", r"[./]")
    return re.match(rf"{pattern}(/|$)", "/".join(path)) is not None


@pytest.mark.parametrize("file", FACTS)
def test_every_fact_has_a_source_and_every_source_a_fact(file: str) -> None:
    data = read_data(file)
    facts = [path for path in leaves(data) if path[0] != "sources"]
    lists = {"python_exports", "stdlib_modules"}
    sources = [source for source in data["sources"] if source not in lists]
    assert [path for path in facts if not any(covers(source, path) for source in sources)] == []
    assert [source for source in sources if not any(covers(source, path) for path in facts)] == []


@pytest.mark.parametrize("file", FACTS)
def test_every_source_says_how_it_is_known(file: str) -> None:
    for key, fact in read_data(file)["sources"].items():
        assert set(fact) == {"how", "source"}, key
        assert Confidence(fact["how"])
        assert fact["source"]


def test_the_short_names_of_sources_are_told() -> None:
    known = read_data("sources.toml")["sources"]
    texts = " ".join(fact["source"] for file in FACTS for fact in read_data(file)["sources"].values())
    assert {name for name in known if re.search(rf"\b{name}\b", texts)} == set(known)


@pytest.mark.parametrize("system", ["al2", "al2023"])
@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_no_library_stands_in_two_tiers(system: str, architecture: str) -> None:
    listed = read_data(f"{system}.toml")["libraries"]
    sonames = [
        name
        for table in (listed, listed[architecture])
        for tier in Tier
        for name in table.get(tier, "").split()
    ]
    sonames += [name for known in listed.get("at", {}).values() for name in known]
    assert sorted(sonames) == sorted(set(sonames))


@pytest.mark.parametrize("target", lambda_targets(), ids=str)
def test_what_manylinux_allows_and_lambda_lacks(target: Any) -> None:
    runtime = load_runtime(target)
    absent = {name for name in MANYLINUX if runtime.tier(name) is Tier.ABSENT} - {"libmvec.so.1"}
    expected = NO_GRAPHICS | (NO_GLIB if runtime.system == "al2" else {"libnsl.so.1"})
    assert absent == expected
    assert len(absent) == (11 if runtime.system == "al2" else 9)
    assert (runtime.tier("libmvec.so.1") is Tier.ABSENT) == (target.architecture == "arm64")


@pytest.mark.parametrize(
    ("system", "architecture", "count"),
    [("al2", "x86_64", 70), ("al2023", "x86_64", 18), ("al2023", "arm64", 17)],
)
def test_how_many_libraries_are_safe(system: str, architecture: str, count: int) -> None:
    runtime = load_runtime(parse_target(f"python3.{9 if system == 'al2' else 13}-{architecture}"))
    safe = [name for name, library in runtime.libraries.items() if library.tier is Tier.SAFE]
    assert len([name for name in safe if not name.startswith("libpython")]) == count


def test_the_files_hold_no_host_and_no_path_of_a_machine() -> None:
    for path in DATA.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert not re.search(r"/(root|home|work|tmp)/", text), path


def test_the_long_lists_have_a_comment_that_says_where_they_are_from() -> None:
    for path in DATA.rglob("*.txt"):
        assert path.read_text(encoding="ascii").startswith("# "), path
        assert list(read_sections(path.read_text(encoding="ascii"))) or "zlib" in path.name


def test_the_data_stays_small() -> None:
    import zlib

    packed = sum(len(zlib.compress(path.read_bytes(), 9)) for path in DATA.rglob("*.*"))
    assert packed < 200_000
