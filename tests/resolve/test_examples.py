"""The five sets of the examples, from the real index."""

from __future__ import annotations

import pytest

from layerwright.progress import Silent
from layerwright.resolve.lock import ArtifactKind
from layerwright.resolve.notes import OlderVersion
from layerwright.resolve.pylock import read_lock, write_lock
from layerwright.resolve.request import Request
from layerwright.resolve.resolve import resolve
from layerwright.resolve.tags import best_wheel
from layerwright.targets import parse_target

pytestmark = pytest.mark.network

SETS = [
    (["psycopg2-binary", "pymupdf>=1.23.0", "Pillow>=10.0.0", "python-dateutil"], "python3.11-x86_64"),
    (["tiktoken>=0.7.0", "pdfplumber==0.10.3", "boto3==1.34.0"], "python3.11-x86_64"),
    (["Pillow==9.5.0", "requests==2.31.0"], "python3.9-x86_64"),
    (["psycopg2-binary==2.9.9"], "python3.11-arm64"),
    (["psycopg2-binary"], "python3.11-x86_64"),
]


@pytest.mark.parametrize(("requirements", "name"), SETS, ids=lambda value: str(value[0]))
def test_an_examples_set(requirements: list[str], name: str) -> None:
    target = parse_target(name)
    resolution = resolve(Request(requirements=tuple(requirements)), target, glibc=(2, 26), progress=Silent())
    for package in resolution.lock.packages:
        assert package.artifact.kind is ArtifactKind.WHEEL
        assert best_wheel([package.artifact.filename], target, (2, 26)), package.artifact.filename
        assert package.artifact.sha256
    assert read_lock(write_lock(resolution.lock), target, glibc=(2, 26)) == resolution.lock


def test_the_newest_pymupdf_does_not_fit_amazon_linux_2() -> None:
    resolution = resolve(
        Request(requirements=("pymupdf>=1.23.0",)),
        parse_target("python3.11-x86_64"),
        glibc=(2, 26),
        progress=Silent(),
    )
    note = next(note for note in resolution.notes if isinstance(note, OlderVersion))
    assert note.name == "pymupdf"
    assert "manylinux_2_28" in note.reason
