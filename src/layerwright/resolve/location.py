"""Where an artifact is: URLs and paths, and the credentials that must not stay in them."""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from pathlib import Path
from typing import Final, NamedTuple

_AUTHORITY: Final = re.compile(r"[^/?#]*")
_DRIVE: Final = re.compile(r"/[A-Za-z]:[/\\]")
_PORTS: Final = {"http": ":80", "https": ":443"}


class Credentials(NamedTuple):
    """A user name and a password for what begins with ``prefix``."""

    prefix: str
    username: str
    password: str

    def __repr__(self) -> str:
        """All but the password, which must not reach a log."""
        return f"Credentials(prefix={self.prefix!r}, username={self.username!r})"


def split_credentials(url: str) -> tuple[str, Credentials | None]:
    """The URL without its credentials, and these.

    >>> split_credentials("https://me:secret@example.org/simple")[0]
    'https://example.org/simple'

    The user of an ssh address is no secret and stays, as in ``git+ssh://git@example.org/x``.
    """
    scheme, slashes, rest = url.partition("://")
    authority = _AUTHORITY.match(rest)
    userinfo, at, host = (authority[0] if authority and slashes else "").rpartition("@")
    username, colon, password = userinfo.partition(":")
    if not at or (scheme.endswith("ssh") and not colon):
        return url, None
    path = rest[len(userinfo) + 1 + len(host) :]
    if scheme.endswith("ssh"):
        return f"{scheme}://{username}@{host}{path}", None
    clean = f"{scheme}://{host}{path}"
    return clean, Credentials(clean, unquoted(username), unquoted(password))


def realm(url: str) -> str:
    """The scheme, the host and the port of a URL: what credentials may be sent to.

    >>> realm("https://me:secret@Example.org:443/simple") == realm("https://example.org/files")
    True
    """
    scheme, _, rest = split_credentials(url)[0].lower().partition("://")
    authority = _AUTHORITY.match(rest)
    host = authority[0] if authority else ""
    return f"{scheme}://{host.removesuffix(_PORTS.get(scheme, ''))}"


def is_url(location: str) -> bool:
    """Whether a location is a URL; a Windows path with its drive letter is not."""
    scheme, colon, _ = location.partition("://")
    return bool(colon) and len(scheme) > 1


def local_path(location: str) -> Path | None:
    """The path of a location that is on this machine, also of a ``file:`` URL; None for any other URL."""
    if not location.startswith("file://"):
        return None if is_url(location) else Path(location)
    host, slash, path = _without_query(location.removeprefix("file://")).partition("/")
    local = unquoted(f"{slash}{path}" if host in {"", "localhost"} else f"//{host}/{path}")
    drive = _DRIVE.match(local)
    return Path(local[1:] if drive else local)


def resolved_location(*, url: str | None, path: str | None, base: Path) -> str:
    """A URL as it is, a path or a ``file:`` URL as an absolute path, read from the folder ``base``."""
    found = local_path(path if path is not None else url or "")
    if found is None:
        return url or ""
    return os.path.normpath(base / found)


def base_name(location: str) -> str:
    """The last component of a URL or a path, decoded.

    >>> base_name("https://example.org/a/torch-2.0%2Bcpu-py3-none-any.whl#sha256=00")
    'torch-2.0+cpu-py3-none-any.whl'
    """
    if is_url(location):
        return unquoted(posixpath.basename(_without_query(location)))
    return ntpath.basename(location)


def relative_path(path: str, folder: Path) -> str:
    """The path as seen from a folder, with forward slashes; the path itself where it is on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return Path(path).as_posix()


def file_url(path: Path) -> str:
    """The ``file:`` URL of an absolute path."""
    from urllib.parse import quote

    return "file://" + quote(path.as_posix() if path.as_posix().startswith("/") else f"/{path.as_posix()}")


def unquoted(text: str) -> str:
    """The text with its percent escapes decoded."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def _without_query(url: str) -> str:
    return re.split(r"[?#]", url, maxsplit=1)[0]
