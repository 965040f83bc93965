"""The little of Markdown that the rules' pages use, as blocks for a template to show.

A library would be one more dependency, and one that lets HTML through; what is not known here is
shown as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_FENCE = "```"
_INDENT = "    "
_HEADING = re.compile(r"(#{1,4}) +(.*)")
_RULE = re.compile(r"\|[\s:|-]+\|\s*")


class Part(NamedTuple):
    """One block of a page.

    Attributes:
        kind: ``heading``, ``paragraph``, ``list``, ``table`` or ``code``.
        lines: the text of a heading or paragraph, the entries of a list, the lines of code.
        level: that of a heading, from 1.
        language: that of the code; empty where none is named.
        rows: the cells of a table, its head first.
    """

    kind: Literal["heading", "paragraph", "list", "table", "code"]
    lines: tuple[str, ...] = ()
    level: int = 0
    language: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def parts(text: str) -> Iterator[Part]:
    """Yield the blocks of a page."""
    waiting = text.splitlines()[::-1]
    while waiting:
        line = waiting[-1]
        if not line.strip():
            waiting.pop()
        elif line.startswith(_FENCE):
            yield _code(waiting)
        elif line.startswith(_INDENT):
            yield _indented(waiting)
        elif heading := _HEADING.fullmatch(line):
            waiting.pop()
            yield Part("heading", (heading[2],), level=len(heading[1]))
        else:
            yield _prose(_taken(waiting))


def _code(waiting: list[str]) -> Part:
    language = waiting.pop().removeprefix(_FENCE).strip()
    lines = []
    while waiting and (line := waiting.pop()) != _FENCE:
        lines.append(line)
    return Part("code", tuple(lines), language=language)


def _indented(waiting: list[str]) -> Part:
    lines = []
    while waiting and (waiting[-1].startswith(_INDENT) or not waiting[-1].strip()):
        lines.append(waiting.pop().removeprefix(_INDENT))
    while not lines[-1].strip():
        del lines[-1]
    return Part("code", tuple(lines))


def _taken(waiting: list[str]) -> list[str]:
    """Take the lines up to the next empty one, fence or heading."""
    lines = [waiting.pop()]
    while waiting and (line := waiting[-1]).strip():
        if line.startswith(_FENCE) or _HEADING.fullmatch(line):
            break
        lines.append(waiting.pop())
    return lines


def _prose(lines: list[str]) -> Part:
    if lines[0].startswith("- "):
        return Part("list", tuple(_entries(lines)))
    if len(lines) > 1 and lines[0].startswith("|") and _RULE.fullmatch(lines[1]):
        return Part("table", rows=tuple(map(_cells, [lines[0], *lines[2:]])))
    return Part("paragraph", (_joined(lines),))


def _entries(lines: list[str]) -> Iterator[str]:
    """Yield the entries of a list, the lines of each as one."""
    entry: list[str] = []
    for line in lines:
        if line.startswith("- ") and entry:
            yield _joined(entry)
            entry = []
        entry.append(line.removeprefix("- "))
    yield _joined(entry)


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
