"""Who may use a layer's version besides its own account; nobody, unless named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from layerwright.errors import UsageError

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ORGANISATION: Final = re.compile(r"o-[a-z0-9]{10,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One permission to use a version: of an account, of an organisation's accounts, or of everyone.

    ``principal`` and ``organisation`` are what AddLayerVersionPermission takes; ``statement`` is the same for the same grant.
    """

    principal: str
    organisation: str | None = None

    @property
    def statement(self) -> str:
        """The statement's id in the version's policy."""
        if self.organisation:
            return f"layerwright-organisation-{self.organisation}"
        return "layerwright-everyone" if self.principal == "*" else f"layerwright-account-{self.principal}"

    def __str__(self) -> str:
        """Return whom it is for, as ``parse_grant`` takes it."""
        if self.organisation:
            return self.organisation
        return "everyone" if self.principal == "*" else self.principal


def parse_grant(text: str) -> Grant:
    """Read an account's number, an organisation's id, or ``everyone``.

    >>> parse_grant("o-abcdefghij").principal
    '*'

    Raises UsageError for anything else.
    """
    if text == "everyone":
        return Grant(principal="*")
    if _ACCOUNT.fullmatch(text):
        return Grant(principal=text)
    if _ORGANISATION.fullmatch(text):
        return Grant(principal="*", organisation=text)
    raise UsageError(
        f"a layer can't be shared with {text!r}",
        hint="name an account (111122223333), an organisation (o-abcdefghij), or everyone",
    )
