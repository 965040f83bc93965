"""Files that the command line names: tried before the run, since that may take an hour."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx.settings import SettingsError

if TYPE_CHECKING:
    import pytest


class Kind(NamedTuple):
    """A kind of file that we write.

    Attributes:
        option: which option names its path.
        name: what it is, with its article: ``a JSON file``.
        begins: how one begins, in lower case.
    """

    option: str
    name: str
    begins: bytes


JSON = Kind("--flaskctx-json", "JSON", b"{")
SARIF = Kind("--flaskctx-sarif", "SARIF", b"{")
HTML = Kind("--flaskctx-html", "HTML", b"<!doctype html")


def outputs(config: pytest.Config) -> dict[str, Any]:
    """Return where to write which file, by the setting.

    Raises:
        SettingsError: a path cannot be meant, or two are the same.
    """
    options = config.option
    found: dict[str, Path | None] = {
        "json_path": _output(config, JSON, options.flaskctx_json),
        "html_path": _output(config, HTML, options.flaskctx_html),
        "sarif_path": _output(config, SARIF, options.flaskctx_sarif),
    }
    taken: dict[Path, str] = {}
    for kind, path in zip((JSON, HTML, SARIF), found.values(), strict=True):
        if path is not None and taken.setdefault(path.resolve(), kind.option) != kind.option:
            other = taken[path.resolve()]
            raise SettingsError(f"{kind.option}: {str(path)!r} is the file of {other}, too")
    return found


def _output(config: pytest.Config, kind: Kind, given: str | None) -> Path | None:
    if given is None:
        return None
    path = config.invocation_params.dir / given
    if path.exists() and not _is(kind, path):
        raise SettingsError(
            f"{kind.option}: {given!r} is there already, and is no {kind.name} file"
        )
    check_folder(path, kind.option, given)
    return path


def check_folder(path: Path, where: str, given: str) -> None:
    """Check that a file can be made.

    Args:
        path: the file.
        where: who names it.
        given: how.

    Raises:
        SettingsError: it cannot.
    """
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        raise SettingsError(f"{where}: {given!r} lies under the file {str(folder)!r}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"{where}: the folder of {given!r} cannot be written to")


def _is(kind: Kind, path: Path) -> bool:
    """Return whether we may write over ``path``: ``--flaskctx-json test_a.py`` forgot its value."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            begin = file.read(len(kind.begins)).lower()
    except OSError:
        return False
    return begin in (b"", kind.begins)
