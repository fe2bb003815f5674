"""Credentials for a URL, from wherever uv's users keep them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from layerwright.resolve.location import Credentials, is_url, realm, split_credentials
from layerwright.resolve.uv_settings import user_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSources:
    """Where credentials come from: those of indexes, a netrc file, uv's own store, and with ``keyring`` a keyring.

    ``indexes`` are the URLs that a keyring may know by name; ``folder`` and ``environment`` are for processes.
    """

    known: tuple[Credentials, ...]
    indexes: tuple[str, ...]
    netrc: Path | None
    keyring: bool
    folder: Path
    environment: Mapping[str, str] = field(repr=False)

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
        same = [entry for entry in self.known if realm(entry.prefix) == realm(url)]
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

        if not _has_store(self.environment):
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


def _shared(prefix: str, url: str) -> int:
    return next(
        (at for at, (one, other) in enumerate(zip(prefix, url, strict=False)) if one != other), len(prefix)
    )


def _host(url: str) -> str:
    return re.sub(r":\d*$", "", realm(url).partition("://")[2])


def _has_store(environment: Mapping[str, str]) -> bool:
    """Whether ``uv auth login`` has stored anything, as far as a look can tell: uv's own answer takes a process."""
    home = user_folder(environment)
    if sys.platform == "win32" or "native-auth" in environment.get("UV_PREVIEW_FEATURES", "") or home is None:
        return True
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    folder = Path(environment.get("UV_CREDENTIALS_DIR") or data / "uv" / "credentials")
    return (folder / "credentials.toml").is_file()
