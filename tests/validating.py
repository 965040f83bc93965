"""JSON Schema, with the formats that the validator leaves to packages that are not installed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"

# RFC 3986, characters only; a reference need not begin with a scheme, but a colon in its first
# segment would make one.
_CHARACTERS = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"
FORMATS = {
    "uri": re.compile(_SCHEME + _CHARACTERS),
    "uri-reference": re.compile(f"(?!{_SCHEME}|[^/]*:){_CHARACTERS}|{_SCHEME}{_CHARACTERS}"),
}


def validator(schema: Path) -> Any:
    """Return what validates a document against a schema, formats too."""
    content = json.loads(schema.read_text(encoding="utf-8"))
    checker = jsonschema.FormatChecker(formats=())
    for name, pattern in FORMATS.items():
        checker.checks(name)(lambda text, pattern=pattern: bool(pattern.fullmatch(str(text))))
    kind = jsonschema.validators.validator_for(content)
    kind.check_schema(content)
    return kind(content, format_checker=checker)


def faults(document: Any, against: Any) -> list[str]:
    """Return a line for each place at which a document does not fit."""
    return [f"{error.json_path}: {error.message}" for error in against.iter_errors(document)]


SARIF = validator(TESTS / "schemas" / "sarif-schema-2.1.0.json")
