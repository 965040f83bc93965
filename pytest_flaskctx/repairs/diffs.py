"""Unified diffs as ``git apply`` takes them.

:mod:`difflib` knows neither git's way to write a path that has spaces or quotes in it, nor what
stands for a missing newline at the end of a file; and a line ends where git thinks so, at a line
feed only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

QUOTED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
NO_NEWLINE = "\\ No newline at end of file"


def unified(path: str, before: str, after: str) -> str:
    """Return how to make ``after`` of the file ``path``, which holds ``before``.

    Args:
        path: relative, with slashes.
        before: the text of the file, its line ends as they are.
        after: the text that is wanted.
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=3)
    head = [f"--- {_named('a/' + path)}\n", f"+++ {_named('b/' + path)}\n"]
    return "".join([*head, *_ended(list(lines)[2:])])


def _lines(text: str) -> list[str]:
    return [part + "\n" for part in text.split("\n")[:-1]] + [
        part for part in text.split("\n")[-1:] if part
    ]


def _ended(lines: list[str]) -> Iterator[str]:
    """End each line: those of the file bring their own end along, or are the file's last."""
    for line in lines:
        if line.startswith("@@"):
            yield line + "\n"
        elif line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n{NO_NEWLINE}\n"


def _named(path: str) -> str:
    if any(c in QUOTED or ord(c) < 0x20 or c == "\x7f" for c in path):
        return '"' + "".join(QUOTED.get(c) or _octal(c) for c in path) + '"'
    # git ends a name at the tab where there are spaces in it.
    return path + "\t" if " " in path else path


def _octal(character: str) -> str:
    return (
        character
        if character.isprintable()
        else "".join(f"\\{byte:03o}" for byte in character.encode())
    )
