"""Text of the suite's as a page may show it: spelt out, cut, and broken into prose and code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby
from typing import Literal, NamedTuple

from pytest_flaskctx.reports.terminalsafe import escape, width

LONGEST = 2000
"""Characters of one text that are shown; nobody reads more, and a page has to open."""

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


class Span(NamedTuple):
    """A part of a sentence.

    Attributes:
        text: as it was written.
        kind: ``code`` between backticks, ``strong`` between double asterisks, else empty.
    """

    text: str
    kind: Literal["", "code", "strong"] = ""


class Block(NamedTuple):
    """Some lines of a text that belong together.

    Attributes:
        code: whether they are to be shown as they are, to be copied.
        lines: without a common indent.
    """

    code: bool
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines, as somebody copies them."""
        return "\n".join(self.lines)


def harmless(text: str) -> str:
    """Return ``text`` with controls, bidi marks and lone surrogates spelt out, cut if endless."""
    # Cut first: what is spelt out is up to ten times as long.
    return escape(text) if len(text) <= LONGEST else f"{escape(text[:LONGEST])}…"


def harmless_source(text: str) -> str:
    """Return a part of a line of source the same way; its tabs stay."""
    return "\t".join(escape(part) for part in text.split("\t"))


def shortened(text: str, columns: int) -> str:
    """Return ``text`` in at most so many columns, its middle left out: numbers stand at the end."""
    text = harmless(text)
    if width(text) <= columns:
        return text
    head = _leading(text, columns - 1 - columns // 3)
    tail = _leading(text[::-1], columns // 3)[::-1]
    return f"{head}…{tail}"


def _leading(text: str, columns: int) -> str:
    """Return as much of the beginning as so many columns take."""
    return text[: sum(taken <= columns for taken in accumulate(map(width, text)))]


def spans(text: str, *, strong: bool = False) -> Iterator[Span]:
    """Yield the parts of a sentence.

    Args:
        text: the sentence.
        strong: whether double asterisks mean anything; in a finding they are Python's.
    """
    for number, part in enumerate(_CODE.split(text)):
        if number % 2:
            yield Span(part, "code")
        elif strong:
            yield from _emphasised(part)
        elif part:
            yield Span(part)


def _emphasised(text: str) -> Iterator[Span]:
    for number, part in enumerate(_STRONG.split(text)):
        if part:
            yield Span(part, "strong" if number % 2 else "")


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Yield the paragraphs of a text and, indented in it, its code.

    Args:
        lines: each a paragraph of prose, or indented; empty ones part what they stand between.
    """
    for code, group in groupby(lines, key=_Reader()):
        found = list(group)
        if code:
            yield Block(code, tuple(_dedented(found)))
        else:
            yield from (Block(code, (line,)) for line in found if line)


class _Reader:
    """Tells code from prose; an empty line belongs to whichever it follows."""

    def __init__(self) -> None:
        self._code = False

    def __call__(self, line: str) -> bool:
        self._code = line.startswith(" ") if line else self._code
        return self._code


def _dedented(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    margin = min(len(line) - len(line.lstrip(" ")) for line in lines if line)
    return [line[margin:] for line in lines]
