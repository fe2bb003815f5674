"""Versions that may well be between two others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from layerwright.resolve.between import versions_between

_VERSIONS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)).map(
    lambda numbers: "{}.{}.{}".format(*numbers)
)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("1.0", "1.0", ()),
        ("1.1", "1.0", ()),
        ("1.2.3", "1.2.6", ("1.2.5", "1.2.4")),
        ("1.8", "1.9.1", ("1.9.0", *(f"1.8.{micro}" for micro in range(9, 0, -1)))),
        ("1!1.0", "1!2.0", ()),
    ],
)
def test_versions_between(low: str, high: str, expected: tuple[str, ...]) -> None:
    assert versions_between(low, high) == expected


@given(low=_VERSIONS, high=_VERSIONS)
def test_they_are_between_in_order_and_few(low: str, high: str) -> None:
    found = [Version(version) for version in versions_between(low, high)]
    assert found == sorted(set(found), reverse=True)
    assert all(Version(low) < version < Version(high) for version in found)
    assert len(found) <= 64
