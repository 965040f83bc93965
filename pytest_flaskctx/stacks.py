"""Capturing a stack at the cost of a few attribute reads, and rendering it when it is wanted.

What does not work: ``traceback.extract_stack()`` reads source files (124 us for 45 frames) and
``inspect.stack()`` more of them (2 ms). A raw walk costs 0.3 us a frame, so a probe keeps only
code objects, which never change, and instruction offsets; no frame is held.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from itertools import islice
from types import CodeType, FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flaskctx.facts import FileKind, Frame, Stack

RawStack = tuple[tuple[CodeType, int], ...]
"""Code objects with instruction offsets, the innermost first."""

Place = tuple[str, int, str, int | None, int | None, int | None, int | None, int]
"""File, line, function, end line, column, end column, field and first line of a frame."""

MAX_FRAMES = 80
MADE = "<pytest_flaskctx>"
"""The file of code that this package makes of text."""

_boundaries: dict[int, CodeType] = {}


def stop_at(code: CodeType) -> None:
    """End every walk at frames of ``code``: what calls the test function tells nobody anything."""
    # By identity: hashing a code object hashes all of its constants and names.
    _boundaries[id(code)] = code


def walk(frame: FrameType | None) -> RawStack:
    """Return the stack from ``frame`` outwards, at most ``MAX_FRAMES`` of it."""
    raw = []
    boundaries = _boundaries
    for _ in range(MAX_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        if id(code) in boundaries:
            break
        raw.append((code, frame.f_lasti))
        frame = frame.f_back
    return tuple(raw)


def beneath(frame: FrameType | None) -> FrameType | None:
    """Return the frame at which a walk from ``frame`` would end, if one ends it."""
    while frame is not None and id(frame.f_code) not in _boundaries:
        frame = frame.f_back
    return frame


class StackRenderer:
    """Turns raw stacks into frames of strings and numbers; each place is rendered once.

    Args:
        classify: tells whose code a file is.
    """

    def __init__(self, classify: Callable[[str], FileKind]) -> None:
        self._classify = classify
        # The code object is kept beside its frame, so that no other one gets its id.
        self._known: dict[tuple[int, int], tuple[CodeType, Frame]] = {}

    def __call__(self, raw: RawStack) -> Stack:
        """Return ``raw`` rendered, without this package's own frames."""
        frames = (self._frame(code, offset) for code, offset in raw)
        return tuple(frame for frame in frames if frame.kind != "flaskctx")

    def _frame(self, code: CodeType, offset: int) -> Frame:
        known = self._known.get((id(code), offset))
        if known is None:
            known = self._known[id(code), offset] = (code, self._render(code, offset))
        return known[1]

    def _render(self, code: CodeType, offset: int) -> Frame:
        return self.framed(placed(code, offset))

    def framed(self, place: Place) -> Frame:
        """Return what :func:`placed` told, perhaps in another process, as a frame."""
        from pytest_flaskctx.facts import Frame

        return Frame(*place, kind=self._classify(place[0]))


def placed(code: CodeType, offset: int) -> Place:
    """Return all words of a :class:`~pytest_flaskctx.facts.Frame` but whose code it is."""
    line, end_line, column, end_column = _position(code, offset)
    field, first = _replacement_field(code, offset), code.co_firstlineno
    return code.co_filename, line, code.co_qualname, end_line, column, end_column, field, first


def _position(code: CodeType, offset: int) -> tuple[int, int | None, int | None, int | None]:
    unit = max(offset, 0) // 2
    line, end_line, column, end_column = next(
        islice(code.co_positions(), unit, None), (None, None, None, None)
    )
    if line is None:
        return code.co_firstlineno, None, None, None
    return line, end_line, column, end_column


def _replacement_field(code: CodeType, offset: int) -> int | None:
    """Return which replacement field of an f-string runs, on Python 3.11 only.

    There every field has the extent of the whole string; from 3.12 on (PEP 701) its own.
    """
    if sys.version_info >= (3, 12):
        return None
    positions = list(code.co_positions())
    formats = [
        instruction.offset
        for instruction in dis.get_instructions(code)
        if instruction.opname == "FORMAT_VALUE"
        and positions[instruction.offset // 2] == positions[offset // 2]
    ]
    return formats.index(offset) if offset in formats else None


_KEY_FRAMES = 12


def place(raw: RawStack) -> tuple[int, ...]:
    """Return what tells one stack from another, of those whose code is held."""
    return tuple(part for code, offset in raw[:_KEY_FRAMES] for part in (id(code), offset))
