"""The source at a site, marked and underlined."""

from __future__ import annotations

import linecache
from pathlib import Path

from pytest_flaskctx.findings import Site
from pytest_flaskctx.reports.terminalsafe import escape, width

MARK = ">   "
PLAIN = "    "


def absolute(file: str, root: Path) -> str:
    """Return the path of a file that was shown relative to ``root``."""
    # An absolute `file` stays what it is.
    return file if file.startswith("<") else str(root / file)


def read(file: str, line: int, *, root: Path, before: int = 0) -> list[str]:
    """Return a line of a file and up to ``before`` lines above it, the wanted one last.

    Args:
        file: absolute, or relative to ``root``.
        line: number of the wanted line, from 1.
        root: the root directory.
        before: how many lines above it are wanted; blank ones at the start are left out.

    Returns:
        Lines without their ends; none where the source cannot be read.
    """
    lines = _lines(absolute(file, root))
    if not 1 <= line <= len(lines):
        return []
    wanted = [text.rstrip() for text in lines[max(line - 1 - before, 0) : line]]
    while len(wanted) > 1 and not wanted[0]:
        del wanted[0]
    return wanted


def _lines(path: str) -> list[str]:
    try:
        return linecache.getlines(path)
    except ValueError:  # a name that no file can have, up to Python 3.12.4
        return []


def excerpt(site: Site, *, root: Path, before: int = 0) -> list[str]:
    """Return the source of ``site`` behind a margin, its line marked, its expression underlined.

    Where there is no source to read, the expression stands for it.
    """
    lines = read(site.file, site.line, root=root, before=before)
    if not lines or not lines[-1]:
        return [MARK + escape(site.expression)] if site.expression else []
    underline = _underline(lines[-1], site)
    shown = _without_indent([*(escape(line.expandtabs()) for line in lines), *underline])
    marked = len(lines) - 1
    return [(MARK if n == marked else PLAIN) + line for n, line in enumerate(shown)]


def _underline(line: str, site: Site) -> list[str]:
    """Return the line of carets below ``line``, as wide as the escaped line makes it."""
    if site.column is None or not 0 <= site.column < len(line):
        return []
    # An expression of several lines is underlined to the end of its first one.
    end = len(line) if site.end_column is None else min(site.end_column, len(line))
    start, stop = (_shown_width(line[:column]) for column in (site.column, end))
    return [" " * start + "^" * (stop - start)] if stop > start else []


def _shown_width(prefix: str) -> int:
    return width(escape(prefix.expandtabs()))


def _without_indent(lines: list[str]) -> list[str]:
    margin = min(len(line) - len(line.lstrip(" ")) for line in lines if line)
    return [line[margin:] for line in lines]
