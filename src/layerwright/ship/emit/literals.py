"""Text as the languages that are emitted write it, whatever is in it: a path may hold spaces, quotes, letters of any alphabet."""

from __future__ import annotations

import json
import re
from typing import Final

_YAML_PLAIN: Final = re.compile(r"[A-Za-z_/.][A-Za-z0-9_/. -]*")
_YAML_OTHERS: Final = re.compile(r"(?i)true|false|yes|no|on|off|null|y|n|[.](?:[0-9].*|inf|nan)|.* ")


def yaml_literal(text: str) -> str:
    """Return text as YAML reads it as a string: plain where that is so, or else in quotes.

    >>> yaml_literal("dist/layer.zip"), yaml_literal("2024"), yaml_literal("on"), yaml_literal("a #1.zip")
    ('dist/layer.zip', '"2024"', '"on"', '"a #1.zip"')
    """
    plain = _YAML_PLAIN.fullmatch(text) and not _YAML_OTHERS.fullmatch(text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def python_literal(text: str) -> str:
    """Return text as Python writes it, in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def typescript_literal(text: str) -> str:
    r"""Return text as TypeScript writes it, in single quotes.

    >>> print(typescript_literal("my layer's.zip"))
    'my layer\'s.zip'
    """
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def hcl_literal(text: str, *, below_module: bool = False) -> str:
    """Return text as Terraform writes it; a path ``below_module`` starts in the module's folder.

    >>> hcl_literal("a${b}.zip", below_module=True)
    '"${path.module}/a$${b}.zip"'
    """
    written = json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return f'"${{path.module}}/{written[1:]}' if below_module else written
