"""The simulated loader on small stacks of real ELF files, each with one thing right or wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import elves
from factories.elves import Undefined, VersionNeed, elf, extension
from layerwright.binaries.loader import simulate
from layerwright.binaries.loading import Certainty, Loading, LoadProblem, Problem, Role
from layerwright.binaries.read import read_binary
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Library, Runtime, Tier
from layerwright.targets.target import parse_target

TAG = "cpython-311-x86_64-linux-gnu.so"


def library(soname: str, *, tier: Tier = Tier.SAFE, **facts: object) -> Library:
    path = None if tier is Tier.ABSENT else f"/lib64/{soname}"
    return Library(soname=soname, tier=tier, **{"path": path, **facts})  # type: ignore[arg-type]


LIBC = library(
    "libc.so.6",
    exports=frozenset({"memcpy", "memcpy@GLIBC_2.14", "free", "free@GLIBC_2.2.5", "old@GLIBC_2.2.5"}),
    versions=frozenset({"GLIBC_2.2.5", "GLIBC_2.14"}),
)


def runtime(*libraries: Library, **changes: object) -> Runtime:
    known = {one.soname: one for one in (LIBC, *libraries)}
    facts = {
        "libraries": known,
        "loaded": frozenset({"libc.so.6"}),
        "python_exports": frozenset({"PyList_New", "_PyRuntime"}),
        "complete": True,
        **changes,
    }
    return replace(load_runtime(parse_target("python3.11-x86_64")), **facts)  # type: ignore[arg-type]


def run(
    files: dict[str, bytes], *libraries: Library, links: dict[str, str] | None = None, **changes: object
) -> dict[str, Loading]:
    facts = {path: read_binary(data) for path, data in files.items()}
    return {one.path: one for one in simulate(facts, runtime(*libraries, **changes), links=links)}


def problem(loading: Loading) -> LoadProblem:
    (only,) = loading.problems
    return only


ROOT = f"/opt/python/pkg/_fast.{TAG}"


def test_an_extension_that_finds_all_it_needs_loads() -> None:
    data = extension(
        "_fast",
        needed=("libc.so.6",),
        undefined=("PyList_New", Undefined("memcpy", "libc.so.6", "GLIBC_2.14")),
    )
    loading = run({ROOT: data})[ROOT]
    assert loading == Loading(path=ROOT, role=Role.EXTENSION)
    assert not loading.fails


def test_a_library_that_is_nowhere() -> None:
    found = problem(run({ROOT: extension("_fast", needed=("libGL.so.1",))})[ROOT])
    assert (found.kind, found.certainty, found.soname) == (
        Problem.MISSING_LIBRARY,
        Certainty.CERTAIN,
        "libGL.so.1",
    )
    assert found.message == "libGL.so.1: cannot open shared object file: No such file or directory"
    assert found.chain == (ROOT,)


@pytest.mark.parametrize(
    ("tier", "certainty"),
    [
        (Tier.ABSENT, Certainty.CERTAIN),
        (Tier.REPORTED_ABSENT, Certainty.POSSIBLE),
        (Tier.UNKNOWN, Certainty.POSSIBLE),
        (Tier.LIKELY, Certainty.POSSIBLE),
        (Tier.SAFE, None),
    ],
)
def test_how_surely_a_library_is_there_makes_how_sure_the_problem_is(
    tier: Tier, certainty: Certainty | None
) -> None:
    loading = run({ROOT: extension("_fast", needed=("libx.so.1",))}, library("libx.so.1", tier=tier))[ROOT]
    assert [(one.certainty, one.tier) for one in loading.problems] == (
        [(certainty, tier)] if certainty else []
    )


def test_rpath_is_inherited_along_the_chain() -> None:
    files = {
        ROOT: extension("_fast", needed=("liba.so",), rpath="$ORIGIN/../pkg.libs"),
        "/opt/python/pkg.libs/liba.so": elf(needed=("libb.so",)),
        "/opt/python/pkg.libs/libb.so": elf(needed=("libc.so.6",)),
    }
    found = run(files)
    assert found[ROOT].problems == ()
    assert found[ROOT].loads == ("/opt/python/pkg.libs/liba.so", "/opt/python/pkg.libs/libb.so")
    assert found["/opt/python/pkg.libs/libb.so"].role is Role.BUNDLED
    assert found["/opt/python/pkg.libs/libb.so"].loaded_by == (ROOT,)


def test_runpath_is_not_inherited() -> None:
    files = {
        ROOT: extension("_fast", needed=("liba.so",), runpath="${ORIGIN}/../pkg.libs"),
        "/opt/python/pkg.libs/liba.so": elf(needed=("libb.so",)),
        "/opt/python/pkg.libs/libb.so": elf(),
    }
    found = problem(run(files)[ROOT])
    assert (found.kind, found.certainty) == (Problem.OFF_SEARCH_PATH, Certainty.POSSIBLE)
    assert found.chain == (ROOT, "/opt/python/pkg.libs/liba.so")
    assert found.candidates == ("/opt/python/pkg.libs/libb.so",)


def test_a_file_with_runpath_has_no_rpath_and_does_without_those_above() -> None:
    files = {
        ROOT: extension("_fast", needed=("liba.so",), rpath="$ORIGIN"),
        "/opt/python/pkg/liba.so": elf(needed=("libb.so",), rpath="$ORIGIN", runpath="/nowhere"),
        "/opt/python/pkg/libb.so": elf(),
    }
    assert problem(run(files)[ROOT]).kind is Problem.OFF_SEARCH_PATH


def test_system_folders_come_before_runpath_and_after_rpath() -> None:
    own = elf(soname="libz.so.1", defined=("only_here",))
    theirs = library("libz.so.1", exports=frozenset({"deflate"}), versions=frozenset())
    for path in ({"rpath": "$ORIGIN"}, {"runpath": "$ORIGIN"}):
        files = {
            ROOT: extension("_fast", needed=("libz.so.1",), undefined=("only_here",), **path),
            "/opt/python/pkg/libz.so.1": own,
        }
        loading = run(files, theirs)[ROOT]
        assert bool(loading.problems) is ("runpath" in path)
    assert problem(loading).candidates == ("/opt/python/pkg/libz.so.1",)


def test_what_the_process_holds_answers_whatever_the_search_path() -> None:
    files = {
        ROOT: extension("_fast", needed=("libz.so.1",), undefined=("only_here",), rpath="$ORIGIN"),
        "/opt/python/pkg/libz.so.1": elf(soname="libz.so.1", defined=("only_here",)),
    }
    held = library("libz.so.1", exports=frozenset(), versions=frozenset())
    loading = run(files, held, loaded=frozenset({"libc.so.6", "libz.so.1"}))[ROOT]
    assert problem(loading).kind is Problem.UNDEFINED_SYMBOL


@pytest.mark.parametrize("needed", [("libstdc++.so.6",), ("libuser.so.1",)])
def test_what_the_process_holds_gives_its_symbols_to_those_that_need_it(needed: tuple[str, ...]) -> None:
    files = {ROOT: extension("_fast", needed=needed, undefined=("_Znwm",))}
    held = (
        library("libstdc++.so.6", exports=frozenset({"_Znwm", "_Znwm@GLIBCXX_3.4"}), versions=frozenset()),
        library("libuser.so.1", exports=frozenset(), versions=frozenset(), needed=("libstdc++.so.6",)),
    )
    loaded = frozenset({"libc.so.6", *(one.soname for one in held)})
    assert not run(files, *held, loaded=loaded)[ROOT].problems
    (found,) = run({ROOT: extension("_fast", undefined=("_Znwm",))}, *held, loaded=loaded)[ROOT].problems
    assert found.kind is Problem.UNDEFINED_SYMBOL


def test_a_library_that_was_loaded_before_answers_by_its_soname() -> None:
    files = {
        ROOT: extension("_fast", needed=("liba-1234.so", "libb.so"), rpath="$ORIGIN"),
        "/opt/python/pkg/liba-1234.so": elf(soname="liba.so.1"),
        "/opt/python/pkg/libb.so": elf(needed=("liba.so.1",)),
    }
    assert run(files)[ROOT].problems == ()


def test_the_layer_s_lib_folder_is_searched_last() -> None:
    files = {ROOT: extension("_fast", needed=("liba.so",)), "/opt/lib/liba.so": elf()}
    assert run(files)[ROOT].loads == ("/opt/lib/liba.so",)


def test_links_are_followed() -> None:
    files = {ROOT: extension("_fast", needed=("liba.so.1",)), "/opt/lib/liba.so.1.2": elf()}
    assert run(files, links={"/opt/lib/liba.so.1": "liba.so.1.2"})[ROOT].loads == ("/opt/lib/liba.so.1.2",)
    folders = {"/opt/python/pkg/lib": "../../lib"}
    files = {
        ROOT: extension("_fast", needed=("liba.so.1.2",), rpath="$ORIGIN/lib"),
        "/opt/lib/liba.so.1.2": elf(),
    }
    assert run(files, links=folders)[ROOT].problems == ()
    assert run(files, links={"/opt/lib/a": "b", "/opt/lib/b": "a"})[ROOT].problems == ()


@pytest.mark.parametrize("path", ["/build/lib", "lib", "", "$ORIGINAL/x", "@loader_path/lib"])
def test_a_path_that_points_nowhere_is_passed_over(path: str) -> None:
    files = {
        ROOT: extension("_fast", needed=("liba.so",), rpath=f"{path}:$ORIGIN/lib"),
        "/opt/python/pkg/lib/liba.so": elf(),
    }
    assert run(files)[ROOT].problems == ()


def test_a_relative_path_starts_where_the_process_runs() -> None:
    files = {ROOT: extension("_fast", needed=("liba.so",), rpath="vendor"), "/var/task/vendor/liba.so": elf()}
    assert run(files)[ROOT].problems == ()


def test_no_default_libraries_are_searched_when_a_file_says_so() -> None:
    needy = extension("_fast", needed=("libz.so.1",), flags_1=0x800)
    away = library("libz.so.1", path="/usr/lib/special/libz.so.1", exports=frozenset())
    changes = {"system_library_path": ("/usr/lib/special",)}
    assert problem(run({ROOT: needy}, away, **changes)[ROOT]).kind is Problem.MISSING_LIBRARY
    assert run({ROOT: extension("_fast", needed=("libz.so.1",))}, away, **changes)[ROOT].problems == ()


def test_a_version_that_the_system_lacks() -> None:
    data = extension(
        "_fast", needed=("libc.so.6",), undefined=(Undefined("memcpy", "libc.so.6", "GLIBC_2.28"),)
    )
    found = problem(run({ROOT: data})[ROOT])
    assert (found.kind, found.version, found.symbols) == (
        Problem.MISSING_VERSION,
        "GLIBC_2.28",
        ("memcpy",),
    )
    assert found.message == f"/lib64/libc.so.6: version `GLIBC_2.28' not found (required by {ROOT})"


@pytest.mark.parametrize(
    ("version", "certainty"),
    [
        ("GLIBCXX_3.4.29", None),
        ("GLIBCXX_3.4.30", Certainty.POSSIBLE),
        ("GLIBCXX_3.4.33", Certainty.POSSIBLE),
        ("GLIBCXX_3.4.34", Certainty.CERTAIN),
        ("GLIBCXX_DEBUG", None),
        ("GLIBC_ABI_DT_RELR", Certainty.CERTAIN),
        ("GLIBC_PRIVATE", None),
    ],
)
def test_versions_are_counted_where_no_list_of_them_is_known(
    version: str, certainty: Certainty | None
) -> None:
    data = extension("_fast", needed=("libx.so.6",), undefined=(Undefined("x", "libx.so.6", version),))
    limits = {"GLIBCXX": "3.4.29", "GLIBC": "2.34"}, {"GLIBCXX": "3.4.33", "GLIBC": "2.34"}
    changes = {"symbol_floor": limits[0], "symbol_ceiling": limits[1]}
    loading = run({ROOT: data}, library("libx.so.6"), **changes)[ROOT]
    assert [one.certainty for one in loading.problems] == ([certainty] if certainty else [])


def test_a_weak_version_passes_and_its_symbol_can_still_be_missing() -> None:
    data = extension(
        "_fast",
        needed=("libc.so.6",),
        undefined=(Undefined("new", "libc.so.6", "GLIBC_2.99"),),
        version_needs=(VersionNeed("libc.so.6", "GLIBC_2.99", weak=True),),
    )
    found = problem(run({ROOT: data})[ROOT])
    assert found.kind is Problem.UNDEFINED_SYMBOL
    assert found.message == f"{ROOT}: undefined symbol: new, version GLIBC_2.99"


def test_versions_of_a_library_in_the_stack() -> None:
    files = {
        ROOT: extension(
            "_fast", needed=("liba.so",), undefined=(Undefined("f", "liba.so", "A_2"),), rpath="$ORIGIN"
        ),
        "/opt/python/pkg/liba.so": elf(soname="liba.so", defined=("f@@A_1",)),
    }
    assert problem(run(files)[ROOT]).provider == "/opt/python/pkg/liba.so"
    strict = Undefined("free", "libc.so.6", "GLIBC_2.2.5")
    files["/opt/python/pkg/liba.so"] = elf(
        soname="liba.so", defined=("f",), needed=("libc.so.6",), undefined=(strict,)
    )
    assert run(files)[ROOT].problems == (), "a library that defines no versions passes for all"
    files["/opt/python/pkg/liba.so"] = elf(soname="liba.so", defined=("f",))
    assert "Inconsistency" in problem(run(files)[ROOT]).message, "unless it has no version table at all"
    files["/opt/python/pkg/liba.so"] = elf(soname="liba.so", defined=("g@@A_2",))
    assert problem(run(files)[ROOT]).kind is Problem.UNDEFINED_SYMBOL


def test_a_symbol_that_nothing_has() -> None:
    data = extension("_fast", needed=("libc.so.6",), undefined=("PyList_New", "nope", "free"))
    found = problem(run({ROOT: data})[ROOT])
    assert (found.kind, found.certainty, found.symbols) == (
        Problem.UNDEFINED_SYMBOL,
        Certainty.CERTAIN,
        ("nope",),
    )
    assert found.message == f"{ROOT}: undefined symbol: nope"


def test_a_weak_symbol_may_be_missing() -> None:
    assert run({ROOT: extension("_fast", undefined=(Undefined("nope", weak=True),))})[ROOT].problems == ()


def test_an_old_symbol_answers_only_its_version() -> None:
    asks = extension("_fast", needed=("libc.so.6",), undefined=("old",))
    assert problem(run({ROOT: asks})[ROOT]).symbols == ("old",)
    asks = extension(
        "_fast", needed=("libc.so.6",), undefined=(Undefined("old", "libc.so.6", "GLIBC_2.2.5"),)
    )
    assert run({ROOT: asks})[ROOT].problems == ()


def test_a_symbol_of_a_library_whose_exports_are_unknown_cannot_be_told() -> None:
    data = extension("_fast", needed=("libx.so.1",), undefined=("x_open", "PyList_New", "PyNope"))
    loading = run({ROOT: data}, library("libx.so.1"))[ROOT]
    assert loading.untold == ("x_open",)
    assert problem(loading).symbols == ("PyNope",), "no system library has Python's own symbols"


def test_a_symbol_that_another_file_of_the_stack_has_may_be_preloaded() -> None:
    files = {
        ROOT: extension("_fast", undefined=("helper",)),
        "/opt/python/pkg/lib/libhelper.so": elf(defined=("helper",)),
    }
    found = problem(run(files)[ROOT])
    assert (found.certainty, found.candidates) == (
        Certainty.POSSIBLE,
        ("/opt/python/pkg/lib/libhelper.so",),
    )


def test_libraries_see_the_symbols_of_the_whole_closure() -> None:
    files = {
        ROOT: extension("_fast", needed=("liba.so", "libb.so"), rpath="$ORIGIN"),
        "/opt/python/pkg/liba.so": elf(undefined=("from_b",)),
        "/opt/python/pkg/libb.so": elf(defined=("from_b",)),
    }
    assert run(files)[ROOT].problems == ()


def test_system_libraries_bring_what_they_need() -> None:
    data = extension("_fast", needed=("libxml2.so.2",))
    xml = library("libxml2.so.2", needed=("libz.so.1",), exports=frozenset())
    found = problem(run({ROOT: data}, xml)[ROOT])
    assert (found.soname, found.chain) == ("libz.so.1", (ROOT, "/lib64/libxml2.so.2"))


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (extension("_fast", machine="aarch64"), Problem.WRONG_MACHINE, "cannot open shared object file"),
        (elf(bits=32, machine="i386"), Problem.WRONG_CLASS, "wrong ELF class: ELFCLASS32"),
        (elves.mach_o(), Problem.NOT_ELF, "invalid ELF header"),
        (elves.lfs_pointer(), Problem.NOT_ELF, "invalid ELF header"),
        (b"", Problem.NOT_ELF, "file too short"),
        (b"text\n", Problem.NOT_ELF, "file too short"),
        (elves.truncated(extension("_fast")), Problem.TRUNCATED, "SIGBUS"),
        (extension("_fast", type="relocatable"), Problem.UNLOADABLE, "only ET_DYN and ET_EXEC"),
        (extension("_fast", load=elves.Load(align=8)), Problem.MISALIGNED, "not page-aligned"),
    ],
)
def test_files_that_fail_by_their_own_bytes(data: bytes, kind: Problem, message: str) -> None:
    found = problem(run({ROOT: data})[ROOT])
    assert (found.kind, found.certainty) == (kind, Certainty.CERTAIN)
    assert message in found.message
    assert found.message.startswith(ROOT)


def test_a_library_of_another_machine_is_passed_over_in_the_search() -> None:
    files = {
        ROOT: extension("_fast", needed=("liba.so",), rpath="$ORIGIN/arm:$ORIGIN/x86"),
        "/opt/python/pkg/arm/liba.so": elf(machine="aarch64"),
        "/opt/python/pkg/x86/liba.so": elf(),
    }
    assert run(files)[ROOT].loads == ("/opt/python/pkg/x86/liba.so",)
    del files["/opt/python/pkg/x86/liba.so"]
    found = problem(run(files)[ROOT])
    assert (found.kind, found.candidates) == (Problem.MISSING_LIBRARY, ())


def test_a_broken_library_stops_the_search() -> None:
    files = {
        ROOT: extension("_fast", needed=("liba.so",), rpath="$ORIGIN/a:$ORIGIN/b"),
        "/opt/python/pkg/a/liba.so": elves.mach_o("x86_64"),
        "/opt/python/pkg/b/liba.so": elf(),
    }
    found = problem(run(files)[ROOT])
    assert found.message == "/opt/python/pkg/a/liba.so: invalid ELF header"
    assert found.chain == (ROOT, "/opt/python/pkg/a/liba.so")


@pytest.mark.parametrize(
    ("name", "data", "role"),
    [
        ("_x.cpython-310-x86_64-linux-gnu.so", extension("_x"), Role.NEVER_TRIED),
        ("_x.cpython-311-darwin.so", elves.mach_o(), Role.FOREIGN),
        ("_x.abi3.so", extension("_x"), Role.EXTENSION),
        ("_x.abi3.so", elves.mach_o(), Role.EXTENSION),
        ("_x.so", extension("_x"), Role.EXTENSION),
        ("_x.so", elf(), Role.ALONE),
        ("libx.so.1", elf(), Role.ALONE),
        ("tool", elf(flags_1=0x08000000), Role.PROGRAM),
        ("x.dylib", elves.mach_o(), Role.FOREIGN),
    ],
)
def test_roles(name: str, data: bytes, role: Role) -> None:
    path = f"/opt/python/pkg/{name}"
    assert run({path: data})[path].role is role


def test_programs_are_processes_of_their_own() -> None:
    tool = "/opt/bin/tool"
    program = {"flags_1": 0x08000000, "interpreter": "/lib64/ld-linux-x86-64.so.2"}
    loader = library("ld-linux-x86-64.so.2", exports=frozenset())
    loading = run({tool: elf(undefined=("PyList_New",), **program)}, loader)[tool]
    assert problem(loading).symbols == ("PyList_New",)
    assert run({tool: elf(needed=("libc.so.6",), **program)}, loader)[tool].problems == ()
    musl = elf(flags_1=0x08000000, interpreter="/lib/ld-musl-x86_64.so.1")
    assert problem(run({tool: musl})[tool]).kind is Problem.MISSING_INTERPRETER


def test_libraries_that_no_one_loads_are_judged_alone_and_once() -> None:
    files = {
        "/opt/python/pkg/liba.so": elf(needed=("libz_needed.so",), runpath="$ORIGIN"),
        "/opt/python/pkg/libz_needed.so": elf(needed=("libgone.so",)),
    }
    found = run(files)
    assert found["/opt/python/pkg/liba.so"].role is Role.ALONE
    assert problem(found["/opt/python/pkg/liba.so"]).soname == "libgone.so"
    assert found["/opt/python/pkg/libz_needed.so"] == Loading(
        path="/opt/python/pkg/libz_needed.so", role=Role.BUNDLED, loaded_by=("/opt/python/pkg/liba.so",)
    )


def test_what_a_module_that_is_never_tried_would_bring_is_not_judged_alone() -> None:
    libs = "/opt/python/pkg.libs"
    files = {
        "/opt/python/pkg/_fast.cpython-310-x86_64-linux-gnu.so": extension(
            "_fast", needed=("liba.so",), rpath="$ORIGIN/../pkg.libs"
        ),
        f"{libs}/liba.so": elf(soname="liba.so", needed=("libb.so",)),
        f"{libs}/libb.so": elf(soname="libb.so", needed=("libnowhere.so",)),
    }
    found = run(files)
    assert found[f"{libs}/liba.so"].role is Role.BUNDLED
    assert not any(loading.problems for loading in found.values())
