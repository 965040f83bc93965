"""Source as highlighted lines, by Pygments where it is installed, the expression marked."""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx.findings import Site
from pytest_flaskctx.reports.html.texts import LONGEST, harmless_source
from pytest_flaskctx.reports.sources import absolute, read

BEFORE = 3
AFTER = 2
BIGGEST = 400_000
"""Characters of a file that are worth to be highlighted."""

_KINDS = (
    ("Keyword", "k"),
    ("Operator.Word", "k"),
    ("Name.Decorator", "d"),
    ("Name.Function", "f"),
    ("Name.Class", "f"),
    ("Name.Builtin", "b"),
    ("Literal.String.Affix", "k"),
    ("Literal.String.Interpol", "i"),
    ("Literal.String", "s"),
    ("Literal.Number", "m"),
    ("Comment", "c"),
)
"""What is coloured, by the beginning of Pygments' own name, and the class that it gets."""


class Piece(NamedTuple):
    """A part of a line.

    Attributes:
        text: harmless, but not yet escaped for HTML.
        kind: the class of its colour; empty for none.
    """

    text: str
    kind: str


class Line(NamedTuple):
    """One line of source.

    Attributes:
        number: of the line, from 1.
        here: whether it is the one that is meant.
        before, marked, after: its pieces, the expression's in the middle.
    """

    number: int
    here: bool
    before: tuple[Piece, ...]
    marked: tuple[Piece, ...] = ()
    after: tuple[Piece, ...] = ()


class Sources:
    """Reads and highlights each file once.

    Args:
        root: the root directory, to which files are relative.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, list[tuple[Piece, ...]]] = {}

    def lines(self, site: Site) -> list[Line]:
        """Return the source around ``site``; where there is none to read, its expression."""
        wanted = read(site.file, site.line, root=self._root)
        if not wanted or not wanted[-1]:
            expression = (Piece(harmless_source(site.expression[:LONGEST]), ""),)
            return [Line(site.line, True, (), expression)] if site.expression else []
        coloured = self._highlighted(absolute(site.file, self._root))
        first = max(1, site.line - BEFORE)
        shown = [
            _line(number, coloured[number - 1], site)
            for number in range(first, _end(coloured, site))
        ]
        while not (shown[0].here or shown[0].before):
            del shown[0]
        return shown

    def _highlighted(self, path: str) -> list[tuple[Piece, ...]]:
        """Return the pieces of all lines of a file: a string may begin far above."""
        if path not in self._files:
            text = "".join(linecache.getlines(path))
            known = path.endswith(".py") and len(text) <= BIGGEST
            self._files[path] = _lexed(text) if known else _plain(text)
        return self._files[path]


def _end(coloured: Sequence[tuple[Piece, ...]], site: Site) -> int:
    """Return the number after the last line to be shown."""
    end = min(site.line + AFTER, len(coloured))
    while end > site.line and not coloured[end - 1]:
        end -= 1
    return end + 1


def code(text: str) -> list[tuple[Piece, ...]]:
    """Return lines of Python that stand in a text, highlighted."""
    return [_harmless(_cut(line)) for line in _lexed(text)]


def _line(number: int, pieces: tuple[Piece, ...], site: Site) -> Line:
    pieces = tuple(_cut(pieces))
    if number != site.line:
        return Line(number, False, _harmless(pieces))
    start, end = _extent(site, sum(len(piece.text) for piece in pieces))
    parts = (_between(pieces, *part) for part in ((0, start), (start, end), (end, None)))
    return Line(number, True, *(_harmless(part) for part in parts))


def _extent(site: Site, length: int) -> tuple[int, int]:
    """Return where the expression stands; an unknown one takes no room."""
    if site.column is None or not 0 <= site.column < length:
        return length, length
    # An expression of several lines is marked to the end of its first one.
    end = length if site.end_column is None else min(site.end_column, length)
    return site.column, max(site.column, end)


def _between(pieces: Iterable[Piece], start: int, end: int | None) -> Iterator[Piece]:
    """Yield what of the pieces stands from one character to another."""
    at = 0
    for text, kind in pieces:
        stop = len(text) if end is None else max(0, end - at)
        if part := text[max(0, start - at) : stop]:
            yield Piece(part, kind)
        at += len(text)


def _cut(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces of a line up to what a reader can bear."""
    left = LONGEST
    for text, kind in pieces:
        if len(text) > left:
            yield Piece(f"{text[:left]}…", kind)
            return
        left -= len(text)
        yield Piece(text, kind)


def _harmless(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(Piece(harmless_source(text), kind) for text, kind in pieces)


def _lexed(text: str) -> list[tuple[Piece, ...]]:
    try:
        from pygments.lexers.python import PythonLexer
    except ImportError:  # pytest brings it from 8.4 on
        return _plain(text)
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    found = lexer.get_tokens(text)
    return _by_lines((_kind(str(token)), value) for token, value in found)


def _plain(text: str) -> list[tuple[Piece, ...]]:
    return _by_lines([("", text)])


def _by_lines(tokens: Iterable[tuple[str, str]]) -> list[tuple[Piece, ...]]:
    """Return the tokens as lines, neighbours of one kind as one piece, blanks at the end left out."""
    done: list[tuple[Piece, ...]] = []
    line: list[Piece] = []
    for kind, value in tokens:
        first, *others = value.split("\n")
        _add(line, first, kind)
        for text in others:
            done.append(_stripped(line))
            line = []
            _add(line, text, kind)
    return [*done, _stripped(line)]


def _add(line: list[Piece], text: str, kind: str) -> None:
    if line and (line[-1].kind == kind or not text.strip()):
        line[-1] = Piece(line[-1].text + text, line[-1].kind)
    elif text:
        line.append(Piece(text, kind))


def _stripped(line: list[Piece]) -> tuple[Piece, ...]:
    """Return the pieces of a line without the blanks at its end."""
    if line:
        text, kind = line.pop()
        line += [Piece(text.rstrip(), kind)] if text.strip() else []
    return tuple(line)


@lru_cache(maxsize=256)
def _kind(token: str) -> str:
    name = token.removeprefix("Token.")
    return next((kind for prefix, kind in _KINDS if name.startswith(prefix)), "")
