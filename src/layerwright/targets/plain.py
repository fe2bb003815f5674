"""A runtime that nothing special is known of: what is usual for its Python on Linux."""

from __future__ import annotations

from layerwright.targets.interpreter import python_exports, stdlib_modules
from layerwright.targets.load import filled_facts, layer_folders
from layerwright.targets.runtime import Runtime
from layerwright.targets.system import load_system
from layerwright.targets.target import Target


def plain_runtime(target: Target, *, system: str | None = None) -> Runtime:
    """Return a runtime with the libraries of ``system`` (``al2023``) and without any where that is None.

    It has Lambda's layer folders, and no environment, no sys.path and no bundled package.
    """
    facts = filled_facts(target)
    found = load_system(system, target.architecture) if system else None
    triplet = f"{target.machine}-linux-gnu"
    usual = (f"/lib/{triplet}", f"/usr/lib/{triplet}", "/lib64", "/usr/lib64", "/lib", "/usr/lib")
    return Runtime(
        target=target,
        title=target.runtime,
        system=system or target.runtime,
        libraries=found.libraries if found else {},
        complete=not found,
        symbol_floor=found.symbol_floor if found else {},
        symbol_ceiling=found.symbol_ceiling if found else {},
        library_path=(),
        system_library_path=found.system_library_path if found else usual,
        loaded=frozenset(),
        python_exports=python_exports(target.python),
        extension_suffixes=tuple(facts["interpreter"]["extension_suffixes"]),
        stdlib_modules=stdlib_modules(target.python),
        bundled=(),
        sys_path=(),
        layer=layer_folders(facts["layer"]),
        environment={},
        interpreter=f"python{target.python_version}",
        lifecycle=None,
        snapstart=False,
        openssl=None,
        versions=found.versions if found else {},
        sources=found.sources if found else {},
    )
