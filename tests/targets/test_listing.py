"""The rows of `layerwright targets`, quotas, and what Lambda says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from datetime import date

import pytest

import layerwright.targets
from layerwright.targets import lambda_targets
from layerwright.targets.listing import list_targets
from layerwright.targets.messages import api_message, loader_message, runtime_message
from layerwright.targets.quotas import load_quotas
from layerwright.targets.runtime import Status


def test_a_row_for_each_target() -> None:
    rows = list_targets(date(2026, 11, 22))
    assert tuple(row.target for row in rows) == lambda_targets()
    row = next(row for row in rows if str(row.target) == "python3.13-x86_64")
    assert (row.system, row.system_title, row.status) == ("al2023", "Amazon Linux 2023", Status.SUPPORTED)
    assert (row.symbol_floor["GLIBCXX"], row.symbol_ceiling["GLIBCXX"]) == ("3.4.29", "3.4.33")
    assert row.snapstart
    assert {str(row.target) for row in rows if row.status is Status.DEPRECATED} == {
        f"python3.{minor}-{arch}" for minor in (8, 9, 10) for arch in ("x86_64", "arm64")
    }
    assert [str(row.target) for row in rows if row.status is Status.PREVIEW] == [
        "python3.15-x86_64",
        "python3.15-arm64",
    ]


def test_quotas() -> None:
    quotas = load_quotas()
    assert (quotas.unzipped_bytes, quotas.zipped_upload_bytes, quotas.layers) == (262_144_000, 52_428_800, 5)
    assert quotas.unzipped_bytes == 250 * 1024**2
    assert quotas.memory_mib == (128, 10_240)


def test_messages_are_lambdas_words() -> None:
    quotas = load_quotas()
    assert api_message("zip_too_large", limit=quotas.zipped_upload_bytes) == (
        "Zipped size must be smaller than 52428800 bytes"
    )
    error = runtime_message("import_module", module="handler", error="No module named 'x'")
    assert (error.type, error.text) == (
        "Runtime.ImportModuleError",
        "Unable to import module 'handler': No module named 'x'",
    )
    assert loader_message(
        "missing_version", library="/lib64/libc.so.6", version="GLIBC_2.28", path="/opt/a.so"
    ) == ("/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /opt/a.so)")


@pytest.mark.parametrize(
    "name", sorted(module.name for module in pkgutil.iter_modules(layerwright.targets.__path__))
)
def test_the_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"layerwright.targets.{name}")).failed == 0
