"""Places of findings as SARIF has them: URIs that tell nothing of the machine, regions, steps.

A URI is relative to a base that is declared by name only: where the root directory or a library
lies on the machine that ran the tests is nobody's affair who reads the file.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal
from urllib.parse import quote

from pytest_flaskctx.findings import JsonDict, Site

BASES: dict[str, str] = {
    "SRCROOT": "The root directory of the test run.",
    "SITEPACKAGES": "Where Python's packages are installed.",
    "STDLIB": "Where Python's standard library lies.",
    "ELSEWHERE": "Somewhere else; files that lie there are called by their names alone.",
}
"""What URIs may be relative to, each with what it stands for."""

_INSTALLED = (
    (re.compile(r"[\\/](?:site|dist)-packages[\\/](.+)"), "SITEPACKAGES"),
    (re.compile(r"[\\/]lib(?:64)?[\\/]python[\d.]+t?[\\/](.+)"), "STDLIB"),
)

Importance = Literal["important", "essential", "unimportant"]


def base_ids() -> JsonDict:
    """Return the bases of URIs as a run declares them: what each is, and not where."""
    return {name: {"description": {"text": text}} for name, text in BASES.items()}


def artifact(file: str) -> JsonDict:
    """Return the location of a file.

    Args:
        file: relative to the root directory, or absolute, or a name such as ``<string>``.
    """
    path, base = _relative(file)
    return {"uri": quote(_bytes(path)), "uriBaseId": base}


def location(site: Site, text: str = "", number: int | None = None) -> JsonDict:
    """Return the location of ``site``.

    Args:
        site: the place.
        text: what happened there; empty for nothing to say.
        number: by which a message refers to it.
    """
    named: JsonDict = {"fullyQualifiedName": site.function, "kind": "function"}
    region = _region(site)
    return {
        **({} if number is None else {"id": number}),
        **({"message": {"text": plain(text)}} if text else {}),
        "physicalLocation": {
            "artifactLocation": artifact(site.file),
            **({"region": region} if region else {}),
        },
        **({"logicalLocations": [named]} if site.function else {}),
    }


def step(
    order: int, site: Site, text: str, *, kinds: list[str], importance: Importance, depth: int = 0
) -> JsonDict:
    """Return one step of a code flow.

    Args:
        order: its number in time, from 1.
        site: the place.
        text: what happened there.
        kinds: what sorts of things happened, in SARIF's words.
        importance: how much it matters.
        depth: in how many tasks it was.
    """
    return {
        "location": location(site, text),
        "kinds": kinds,
        "nestingLevel": depth,
        "executionOrder": order,
        "importance": importance,
    }


def plain(text: str) -> str:
    """Return ``text`` as a plain message that stands for itself: no placeholder and no link."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _region(site: Site) -> JsonDict:
    """Return lines and columns from 1 on, the end exclusive; nothing where no line is known."""
    if site.line < 1:
        return {}
    region = {"startLine": site.line}
    if site.column is not None:
        region["startColumn"] = site.column + 1
        if site.end_column is not None and site.end_column > site.column:
            region["endColumn"] = site.end_column + 1
    return region


def _relative(file: str) -> tuple[str, str]:
    """Return a path, and what it is relative to."""
    if file.startswith("<"):
        return file, "ELSEWHERE"
    for pattern, base in _INSTALLED:
        found = pattern.search(file)
        if found and _is_absolute(file):
            return found[1].replace("\\", "/"), base
    if _is_absolute(file):
        return re.split(r"[\\/]", file)[-1] or "unknown", "ELSEWHERE"
    return file or "unknown", "SRCROOT"


def _is_absolute(file: str) -> bool:
    return PurePosixPath(file).is_absolute() or PureWindowsPath(file).is_absolute()


def _bytes(path: str) -> bytes:
    # A name that is no UTF-8 came with surrogates for its bytes; others cannot be encoded at all.
    try:
        return path.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return path.encode(errors="backslashreplace")
