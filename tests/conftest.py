"""What every test stands on: an environment that nothing of the machine leaks into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing on a machine that others use as well.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

_LEAKS = (
    "AWS_",
    "PIP_",
    "UV_",
    "LAYERWRIGHT_",
    "SOURCE_DATE_EPOCH",
    "TZ",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
)
_INDEX_SETTINGS = ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _clean_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Clear what would change a result; a network test keeps how this machine reaches its index."""
    network = request.node.get_closest_marker("network") is not None
    for name in list(os.environ):
        kept = name == "LAYERWRIGHT_REQUIRE_TOOLS" or (
            network and (name in _INDEX_SETTINGS or name.startswith(("UV_", "PIP_")))
        )
        if name.startswith(_LEAKS) and not kept:
            monkeypatch.delenv(name)
    if not network:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("LAYERWRIGHT_CACHE", str(tmp_path_factory.mktemp("store")))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the test stands in."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
