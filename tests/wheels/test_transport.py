"""Whom a download trusts: certificates of the environment, hosts that are not checked, and nobody else."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories.locks import lock_of, locked_file
from factories.servers import FileServer, file_server
from factories.wheels import wheel_bytes
from layerwright.errors import NetworkError, UsageError
from layerwright.resolve.lock import Lock
from layerwright.wheels import download
from layerwright.wheels.fetch import fetch
from layerwright.wheels.store import Store
from layerwright.wheels.transport import Access

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")

_WHEEL = wheel_bytes()
_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that nobody signed but itself, and its key in the same file."""
    file = tmp_path_factory.mktemp("tls") / "own.pem"
    words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=layerwright-test"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", *words, *names, "-keyout", str(file), "-out", str(file.with_suffix(".crt"))],
        check=True,
        capture_output=True,
    )
    with file.open("a") as both:
        both.write(file.with_suffix(".crt").read_text())
    return file


@pytest.fixture
def server(certificate: Path) -> Iterator[FileServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with file_server(tls=context) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_FIRST_WAIT_S", 0.01)
    for name in (*_VARIABLES, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def lock(server: FileServer) -> Lock:
    return lock_of([locked_file(_WHEEL, server.add("demo-1.0-py3-none-any.whl", _WHEEL))])


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(lock: Lock, server: FileServer) -> None:
    with pytest.raises(NetworkError, match=r"(?i)certificate verify failed|self.signed") as raised:
        fetch(lock, Store())
    assert "SSL_CERT_FILE" in (raised.value.hint or "")
    assert server.asked == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_is_trusted(
    lock: Lock, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    assert fetch(lock, Store())[0].name == "demo"


def test_a_host_may_be_trusted_unseen(lock: Lock) -> None:
    assert fetch(lock, Store(), access=Access(trusted_hosts=frozenset({"127.0.0.1"})))[0].name == "demo"
    with pytest.raises(NetworkError):
        fetch(lock, Store(Store().root / "other"), access=Access(trusted_hosts=frozenset({"127.0.0.2"})))


def test_a_bundle_that_is_none_is_a_usage_error(
    lock: Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bundle").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "bundle"))
    with pytest.raises(UsageError, match="SSL_CERT_FILE"):
        fetch(lock, Store())
