"""Where packages are looked for and fetched from: what uv, pip and the request say, put together."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from layerwright.resolve.credentials import CredentialSources
from layerwright.resolve.location import split_credentials
from layerwright.resolve.pip_settings import host_words, index_words, read_pip_settings
from layerwright.resolve.request import Request
from layerwright.resolve.requirements_file import RequirementLines, read_requirement_lines
from layerwright.resolve.uv_settings import is_true, read_uv_settings, user_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """All that a download needs to know, and the words for uv that come from pip's settings.

    ``indexes`` are URLs and paths without credentials, find-links among them. ``words`` are uv options and
    ``variables`` environment variables for what uv's own settings leave open. ``ca_file`` is a bundle of
    certificates, None for the default ones; ``insecure_hosts`` (``host`` or ``host:port``) need none.
    """

    indexes: tuple[str, ...]
    credentials: CredentialSources
    words: tuple[str, ...]
    variables: Mapping[str, str]
    ca_file: Path | None
    insecure_hosts: frozenset[str]
    no_build: bool
    no_build_package: tuple[str, ...]
    lines: RequirementLines

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
        """The user and the password for a URL; see ``CredentialSources``."""
        return self.credentials.credentials_for(url)

    def lookup(self) -> Callable[[str], tuple[str, str] | None]:
        """What ``credentials_for`` does, for many URLs and any thread: a slow source is asked once per host."""
        return self.credentials.lookup()


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
    indexes = tuple(dict.fromkeys([*(clean for clean, _ in split), *(place.url for place in uv.places)]))
    found = (*(held for _, held in split), *(place.credentials for place in uv.places), *lines.credentials)
    return IndexSettings(
        indexes=indexes,
        credentials=CredentialSources(
            known=tuple(entry for entry in found if entry is not None),
            indexes=indexes,
            netrc=_netrc(request.environment),
            keyring=(options.keyring_provider or ("subprocess" if uv.keyring else "")) == "subprocess",
            folder=request.folder,
            environment=request.environment,
        ),
        words=words,
        variables=variables,
        ca_file=_ca_file({**request.environment, **variables}),
        insecure_hosts=frozenset(insecure),
        no_build=uv.no_build,
        no_build_package=uv.no_build_package,
        lines=lines,
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
