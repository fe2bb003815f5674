"""HTTP as downloads need it: proxies, trust, credentials, ranges; and which failures are worth another try."""

from __future__ import annotations

import os
import ssl
import sys
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3

from layerwright._version import __version__
from layerwright.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

RETRIED_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_BUNDLE_VARIABLES: Final = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_MOST_REDIRECTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How indexes are reached.

    ``credentials`` gives the user and password for a URL, or None; those in a URL come first. ``trusted_hosts`` are those
    whose certificates are not checked. ``variables`` stand in where the environment names no certificates or proxies. ``timeout_s`` is
    how long a server may say nothing.
    """

    credentials: Callable[[str], tuple[str, str] | None] = lambda _: None
    trusted_hosts: frozenset[str] = frozenset()
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    timeout_s: float = 30.0


class TransientError(Exception):
    """A failure that may be gone at the next try, ``wait_s`` from now where the server said so; never leaves ``wheels``."""

    def __init__(self, message: str, *, wait_s: float | None = None) -> None:
        """Keep the message and the wait."""
        super().__init__(message)
        self.wait_s = wait_s


class Transport:
    """Connections to any number of hosts, shared by threads; nothing is opened before the first request."""

    def __init__(self, access: Access, *, environment: Mapping[str, str] = os.environ) -> None:
        """Use the proxies and certificates that the environment and the system name."""
        self._access = access
        self._proxies = {**_proxies(access.variables), **urllib.request.getproxies()}
        self._environment = {**access.variables, **environment}
        self._pools: dict[tuple[str | None, bool], urllib3.PoolManager] = {}
        self._trust: dict[bool, ssl.SSLContext] = {}
        self._turn = threading.Lock()

    def open(self, url: str, *, offset: int = 0) -> BaseHTTPResponse:
        """Return the response to a GET from byte ``offset``, its status 200, 206 or 416, its body not read yet.

        Raises NetworkError, naming the URL without its credentials, and TransientError where another try makes sense.
        """
        bare, secret = _split_credentials(url)
        headers = {"User-Agent": f"layerwright/{__version__}", "Accept-Encoding": "identity"}
        user_password = secret or self._access.credentials(url)
        if user_password:
            headers |= urllib3.make_headers(basic_auth=":".join(user_password))
        if offset:
            headers["Range"] = f"bytes={offset}-"
        try:
            response = self._pool(bare).request(
                "GET",
                bare,
                headers=headers,
                preload_content=False,
                decode_content=False,
                retries=urllib3.Retry(None, connect=0, read=0, redirect=_MOST_REDIRECTS, status=0, other=0),
            )
        except urllib3.exceptions.HTTPError as error:
            raise self._explain(bare, error) from error
        if response.status not in (200, 206, 416):
            failure = _refusal(bare, response, secret_given=bool(user_password))
            response.close()  # its body is not worth reading, and a connection with an unread one is of no use
            raise failure
        return response

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        host = parts.hostname or ""
        proxy = self._proxies.get(parts.scheme) or self._proxies.get("all")
        if proxy and urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
            proxy = None
        trusted = host in self._access.trusted_hosts
        with self._turn:
            pool = self._pools.get((proxy, trusted))
            if pool is None:
                pool = self._pools[proxy, trusted] = self._new_pool(proxy, checked=not trusted)
        return pool

    def _new_pool(self, proxy: str | None, *, checked: bool) -> urllib3.PoolManager:
        timeout = urllib3.Timeout(self._access.timeout_s)
        if checked not in self._trust:
            self._trust[checked] = self._context(
                checked=checked
            )  # costs as much as a download: once for all threads
        context = self._trust[checked]
        if not proxy:
            return urllib3.PoolManager(ssl_context=context, timeout=timeout, maxsize=32)
        if "://" not in proxy:
            proxy = f"http://{proxy}"
        if urlsplit(proxy).scheme not in ("http", "https"):
            bare = _split_credentials(proxy)[0]
            raise UsageError(
                f"the proxy {bare} is of a kind that can't be used", hint="http and https proxies can"
            )
        bare, secret = _split_credentials(proxy)
        headers = urllib3.make_headers(proxy_basic_auth=":".join(secret)) if secret else None
        return urllib3.ProxyManager(
            bare, proxy_headers=headers, ssl_context=context, timeout=timeout, maxsize=32
        )

    def _context(self, *, checked: bool) -> ssl.SSLContext:
        """The certificates to trust: a bundle that the environment names, else the system's."""
        if not checked:
            urllib3.disable_warnings(
                urllib3.exceptions.InsecureRequestWarning
            )  # the user asked for it, by host
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        for variable in _BUNDLE_VARIABLES:
            bundle = self._environment.get(variable)
            if bundle:
                return _bundled(variable, Path(bundle))
        if sys.platform in ("win32", "darwin"):
            import truststore  # OpenSSL knows where Linux keeps its certificates; here the system judges them itself

            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return ssl.create_default_context()

    def _explain(self, url: str, error: urllib3.exceptions.HTTPError) -> Exception:
        """The error to raise for one of urllib3's."""
        reason: BaseException = error
        while isinstance(reason, urllib3.exceptions.MaxRetryError) and reason.reason:
            reason = reason.reason
        text = f"{url}: {reason}"
        if isinstance(reason, urllib3.exceptions.SSLError):
            return NetworkError(
                text, hint="if a proxy of yours signs its own certificates, name them in SSL_CERT_FILE"
            )
        if isinstance(reason, urllib3.exceptions.ResponseError | urllib3.exceptions.LocationValueError):
            return NetworkError(text)
        return TransientError(text)


def _bundled(variable: str, bundle: Path) -> ssl.SSLContext:
    """Trust the certificates of a file or folder."""
    try:
        if bundle.is_dir():
            return ssl.create_default_context(capath=str(bundle))
        return ssl.create_default_context(cafile=str(bundle))
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(
            f"{variable} names {bundle}, and no certificates can be read there: {error.strerror}"
        ) from error


def _refusal(url: str, response: BaseHTTPResponse, *, secret_given: bool) -> Exception:
    """The error for a status that is no answer."""
    text = f"{url}: the server says {response.status} {response.reason or ''}".rstrip()
    if response.status in RETRIED_STATUSES:
        wait = response.headers.get("Retry-After", "")
        return TransientError(text, wait_s=float(wait) if wait.isascii() and wait.isdigit() else None)
    if response.status in (401, 403):
        what = "the user and password were refused" if secret_given else "it wants a user and a password"
        return NetworkError(
            text, hint=f"{what}; netrc, a keyring and the index's URL are where they are looked for"
        )
    if response.status in (404, 410):
        return NetworkError(text, hint="the index no longer has the file; lock again")
    return NetworkError(text)


def _proxies(variables: Mapping[str, str]) -> dict[str, str]:
    """The proxies that variables name, by scheme."""
    named = {name.lower(): value for name, value in variables.items()}
    return {name.removesuffix("_proxy"): value for name, value in named.items() if name.endswith("_proxy")}


def _split_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """A URL without user and password, and those."""
    parts = urlsplit(url)
    secret, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = secret.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))
