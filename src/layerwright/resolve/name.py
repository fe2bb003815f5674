"""Package names, normalised (PEP 503)."""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = re.compile(r"[-_.]+")


def normalised_name(name: str) -> str:
    """The name as indexes compare it.

    >>> normalised_name("Flask_SQLAlchemy")
    'flask-sqlalchemy'
    """
    return _SEPARATORS.sub("-", name).lower()
