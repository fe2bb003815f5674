"""Where an artifact is: URLs and paths, and the credentials that must not stay in them."""

from __future__ import annotations

import ntpath
import os
import posixpath
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from urllib.request import url2pathname


class Credentials(NamedTuple):
    """A user name and a password for what begins with ``prefix``."""

    prefix: str
    username: str
    password: str


def split_credentials(url: str) -> tuple[str, Credentials | None]:
    """The URL without its credentials, and these.

    >>> split_credentials("https://me:secret@example.org/simple")[0]
    'https://example.org/simple'

    The user of an ssh address is no secret and stays, as in ``git+ssh://git@example.org/x``.
    """
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    username, colon, password = userinfo.partition(":")
    if not at or (parts.scheme.endswith("ssh") and not colon):
        return url, None
    if parts.scheme.endswith("ssh"):
        return urlunsplit(parts._replace(netloc=f"{username}@{host}")), None
    clean = urlunsplit(parts._replace(netloc=host))
    return clean, Credentials(clean, unquote(username), unquote(password))


def is_url(location: str) -> bool:
    """Whether a location is a URL; a Windows path with its drive letter is not."""
    scheme, colon, _ = location.partition("://")
    return bool(colon) and len(scheme) > 1


def local_path(location: str) -> Path | None:
    """The path of a location that is on this machine, also of a ``file:`` URL; None for any other URL."""
    if location.startswith("file://"):
        parts = urlsplit(location)
        return Path(
            url2pathname(parts.path if parts.netloc in {"", "localhost"} else f"//{parts.netloc}{parts.path}")
        )
    return None if is_url(location) else Path(location)


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
        return unquote(posixpath.basename(urlsplit(location).path))
    return ntpath.basename(location)


def relative_path(path: str, folder: Path) -> str:
    """The path as seen from a folder, with forward slashes; the path itself where it is on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return Path(path).as_posix()


def file_url(path: Path) -> str:
    """The ``file:`` URL of an absolute path."""
    return "file://" + quote(path.as_posix() if path.as_posix().startswith("/") else f"/{path.as_posix()}")
