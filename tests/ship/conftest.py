"""An AWS of its own for each test: moto's server, reached as boto3 reaches any endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from factories.cloud import Cloud, running_cloud
from factories.zips import zip_bytes


@pytest.fixture(scope="session")
def _server() -> Iterator[Cloud]:
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(_server: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cloud:
    """An empty account, with credentials that are right."""
    requests.post(f"{_server.url}/moto-api/reset", timeout=10)
    _server.failures.clear()
    _server.calls.clear()
    _server.answers.clear()
    _server.after.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", _server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    return _server


@pytest.fixture
def layer_zip(tmp_path: Path) -> Path:
    """A sound layer of one pure Python package."""
    path = tmp_path / "layer.zip"
    path.write_bytes(zip_bytes({"python/six_of_ours.py": "VALUE = 6\n"}))
    return path
