"""Where packages are looked for and fetched from: what uv, pip and the request say, put together."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Final

from layerwright.resolve.location import Credentials, is_url, realm, split_credentials
from layerwright.resolve.pip_settings import host_words, index_words, read_pip_settings
from layerwright.resolve.request import Request
from layerwright.resolve.requirements_file import RequirementLines, read_requirement_lines
from layerwright.resolve.uv_settings import is_true, read_uv_settings, user_folder

_PUBLIC: Final = frozenset({"pypi.org", "files.pythonhosted.org"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """All that a download needs to know, and the words for uv that come from pip's settings.

    ``indexes`` are URLs and paths without credentials, find-links among them. ``words`` are uv options and
    ``variables`` environment variables for what uv's own settings leave open. ``ca_file`` is a bundle of
    certificates, None for the default ones; ``insecure_hosts`` (``host`` or ``host:port``) need none.
    """

    indexes: tuple[str, ...]
    credentials: tuple[Credentials, ...]
    words: tuple[str, ...]
    variables: Mapping[str, str]
    keyring: bool
    netrc: Path | None
    ca_file: Path | None
    insecure_hosts: frozenset[str]
    no_build: bool
    no_build_package: tuple[str, ...]
    lines: RequirementLines
    folder: Path
    environment: Mapping[str, str] = field(repr=False)

    def applied(self, request: Request) -> Request:
        """The request with what uv's settings say of it beyond indexes, and with our variables for uv."""
        return replace(
            request,
            environment={**request.environment, **self.variables},
            offline=request.offline or is_true(request.environment.get("UV_OFFLINE")),
            no_build=request.no_build or self.no_build,
            no_build_package=(*request.no_build_package, *self.no_build_package),
        )

    def credentials_for(self, url: str) -> tuple[str, str] | None:
        """The user and the password for a URL: of itself, its index, netrc, uv's store, or a keyring.

        The last two start a process; ``lookup`` does so once per host.
        """
        return self._at_hand(url) or self._asked(url)

    def lookup(self) -> Callable[[str], tuple[str, str] | None]:
        """A function that does what ``credentials_for`` does, may be called from any thread, and asks once per host."""
        answers: dict[str, tuple[str, str] | None] = {}
        turn = Lock()

        def find(url: str) -> tuple[str, str] | None:
            at_hand = self._at_hand(url)
            if at_hand is not None:
                return at_hand
            with turn:
                place = realm(url)
                if place not in answers:
                    answers[place] = self._asked(url)
                return answers[place]

        return find

    def _at_hand(self, url: str) -> tuple[str, str] | None:
        for found in (split_credentials(url)[1], self._known(url)):
            if found is not None and found.password:
                return found.username, found.password
        return self._from_netrc(url, self._username(url))

    def _asked(self, url: str) -> tuple[str, str] | None:
        return self._from_uv(url) or self._from_keyring(url, self._username(url))

    def _username(self, url: str) -> str | None:
        found = split_credentials(url)[1] or self._known(url)
        return found.username if found else None

    def _known(self, url: str) -> Credentials | None:
        """The credentials of the index that shares the longest beginning with a URL, on the same host."""
        same = [entry for entry in self.credentials if realm(entry.prefix) == realm(url)]
        return max(same, key=lambda entry: _shared(entry.prefix, url), default=None)

    def _from_netrc(self, url: str, username: str | None) -> tuple[str, str] | None:
        import netrc

        if self.netrc is None:
            return None
        try:
            entry = netrc.netrc(str(self.netrc)).authenticators(_host(url))
        except (OSError, netrc.NetrcParseError):
            return None
        if entry is None or (username and entry[0] != username):
            return None
        return entry[0], entry[2] or ""

    def _from_uv(self, url: str) -> tuple[str, str] | None:
        """What ``uv auth login`` stored. The helper is a preview of uv's: where it is missing, nothing is known."""
        import base64
        import json

        from layerwright.resolve.uv import run_uv

        if _host(url) in _PUBLIC:
            return None
        words = ["auth", "helper", "--preview-features", "auth-helper", "--protocol", "bazel", "get"]
        run = run_uv(words, environment=self.environment, folder=self.folder, given=json.dumps({"uri": url}))
        try:
            scheme, _, secret = json.loads(run.output)["headers"]["Authorization"][0].partition(" ")
            username, _, password = base64.b64decode(secret).decode().partition(":")
        except (ValueError, KeyError, IndexError, TypeError):
            return None
        return (username, password) if scheme == "Basic" else None

    def _from_keyring(self, url: str, username: str | None) -> tuple[str, str] | None:
        if not self.keyring:
            return None
        from layerwright.resolve.keyring import keyring_credentials

        places = [index for index in self.indexes if is_url(index) and realm(index) == realm(url)]
        return keyring_credentials(
            [*places, realm(url).partition("://")[2]], username, environment=self.environment
        )


def read_index_settings(request: Request) -> IndexSettings:
    """What the request, its files, uv's settings and, where these are silent, pip's say."""
    uv = read_uv_settings(request.environment, request.folder)
    pip = read_pip_settings(request.environment, prefix=Path(sys.prefix))
    files = [request.folder / path for path in (*request.files, *request.constraints)]
    lines = read_requirement_lines(files, request.requirements, request.environment)
    words: tuple[str, ...] = ()
    options = request.indexes
    if not (uv.named or options.named or lines.no_index):
        strategy = uv.index_strategy or options.index_strategy is not None
        words = index_words(pip, own_index=lines.names_index, own_strategy=strategy)
    insecure = (*options.allow_insecure_host, *uv.insecure_hosts)
    if not insecure:
        words, insecure = (*words, *host_words(pip)), pip.trusted_hosts
    variables = _variables(request.environment, cert=pip.cert, proxy=pip.proxy)
    named = [options.default_index or "", *options.index, *options.find_links, *_urls(words)]
    split = [split_credentials(_without_name(url)) for url in named if url]
    return IndexSettings(
        indexes=tuple(dict.fromkeys([*(clean for clean, _ in split), *(place.url for place in uv.places)])),
        credentials=tuple(
            entry
            for entry in (
                *(found for _, found in split),
                *(place.credentials for place in uv.places),
                *lines.credentials,
            )
            if entry is not None
        ),
        words=words,
        variables=variables,
        keyring=(options.keyring_provider or ("subprocess" if uv.keyring else "")) == "subprocess",
        netrc=_netrc(request.environment),
        ca_file=_ca_file({**request.environment, **variables}),
        insecure_hosts=frozenset(insecure),
        no_build=uv.no_build,
        no_build_package=uv.no_build_package,
        lines=lines,
        folder=request.folder,
        environment=request.environment,
    )


def _variables(environment: Mapping[str, str], *, cert: str | None, proxy: str | None) -> dict[str, str]:
    """Variables that have uv use pip's certificates and proxy, where none are set."""
    variables = {}
    if cert and not environment.get("SSL_CERT_FILE") and not environment.get("SSL_CERT_DIR"):
        variables["SSL_CERT_FILE"] = cert
    names = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
    if proxy and not any(environment.get(name) or environment.get(name.lower()) for name in names):
        variables["ALL_PROXY"] = proxy
    return variables


def _urls(words: tuple[str, ...]) -> list[str]:
    places = ("--default-index", "--index", "--find-links")
    return [value for option, value in pairwise(words) if option in places]


def _without_name(index: str) -> str:
    """The URL of an index that may be given as ``name=URL``."""
    name, equals, url = index.partition("=")
    return url if equals and "/" not in name else index


def _netrc(environment: Mapping[str, str]) -> Path | None:
    if environment.get("NETRC"):
        return Path(environment["NETRC"])
    home = user_folder(environment)
    names = [".netrc", "_netrc"] if sys.platform == "win32" else [".netrc"]
    return next((home / name for name in names if (home / name).is_file()), None) if home else None


def _ca_file(environment: Mapping[str, str]) -> Path | None:
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if environment.get(variable):
            return Path(environment[variable])
    return None


def _shared(prefix: str, url: str) -> int:
    return next(
        (at for at, (one, other) in enumerate(zip(prefix, url, strict=False)) if one != other), len(prefix)
    )


def _host(url: str) -> str:
    return re.sub(r":\d*$", "", realm(url).partition("://")[2])
