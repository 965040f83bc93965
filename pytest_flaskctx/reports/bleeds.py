"""A schedule that bled: a column a participant, in time order, and what held the data between them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from string import ascii_uppercase

from pytest_flaskctx.findings import Bleed, BleedStep

_INDENT = "    "
_MARK = "> "
_WITHOUT_GIL = (
    "a Python that has a GIL makes no switch between these two lines today; one without does, and so "
    "does any, once something is called between them"
)
_UNSTEADY = "run once more, the schedule did not show it: it takes luck, too, such as where in memory something lies"
_NARROWEST = 24
_VERBS = {"reads": "reads it", "fails": "fails"}


def lines(bleed: Bleed, tests: tuple[str, ...], width: int) -> list[str]:
    """Return what is told of a bleed besides its place.

    Args:
        bleed: how it came about.
        tests: ids of the tests that found it; one of them replays it.
        width: columns of the terminal.
    """
    packed = f" ({bleed.packed})" if bleed.packed else ""
    found = f"found by: {bleed.evidence}{packed}; schedule {bleed.schedule}"
    return [
        *drawn(bleed, width),
        *_story(bleed),
        found + (", within one line" if bleed.within_line else ""),
        *([_WITHOUT_GIL] if bleed.without_gil else []),
        *([] if bleed.steady else [_UNSTEADY]),
        *_replay(bleed, tests),
    ]


def drawn(bleed: Bleed, width: int) -> list[str]:
    """Return the part of :func:`lines` that is a drawing: the steps, if there are any."""
    return [*columns(bleed, width), ""] if bleed.steps else []


def columns(bleed: Bleed, width: int) -> list[str]:
    """Return the steps, a column a participant: line and source, the ones that matter marked.

    Args:
        bleed: how it came about.
        width: columns of the terminal.
    """
    names = sorted({step.participant for step in bleed.steps})
    each = max(_NARROWEST, (width - len(_INDENT)) // max(1, len(names)))
    heads = (_pad(f"  visitor {_visitor(name, bleed.visits)}", each) for name in names)
    told = [_INDENT + "".join(heads).rstrip()]
    file = ""
    for step in bleed.steps:
        if step.file != file:
            file = step.file
            told.append(f"{_INDENT}  {file}")
        before = names.index(step.participant) * each
        told.append(f"{_INDENT}{' ' * before}{_cell(step, each)}".rstrip())
    return told


def _visitor(name: str, visits: Sequence[str]) -> str:
    """Return the name of a participant; of unlike visits it matters which one it pays."""
    names = dict(zip(ascii_uppercase, visits, strict=False)) if len({*visits}) > 1 else {}
    return f"{name}: {names[name]}" if name in names else name


def _cell(step: BleedStep, width: int) -> str:
    mark = _MARK if step.role else " " * len(_MARK)
    return _pad(f"{mark}{step.line:>4} {step.source}", width)


def _pad(text: str, width: int) -> str:
    room = width - 1
    cut = text if len(text) <= room else f"{text[: room - 3]}..."
    return cut.ljust(width)


def _story(bleed: Bleed) -> Iterator[str]:
    """Yield who wrote and who read, and where the data lay between."""
    marked = [step for step in bleed.steps if step.role]
    parts: list[str] = []
    told: object = None
    wrote = False
    for step in marked:
        verb = _VERBS.get(step.role) or ("writes over it" if wrote else "writes")
        wrote = wrote or step.role == "writes"
        said = (step.participant, step.file, step.line, step.role)
        if told != said:
            parts.append(f"{step.participant} {verb} at {step.file}:{step.line}")
        told = said
    if parts:
        guess = " (most likely)" if any(step.role == "reads" for step in marked) else ""
        yield f"{', '.join(parts)}{guess}"
    if bleed.holder:
        yield f"between them it lay in: {bleed.what} `{bleed.holder}`"


def _replay(bleed: Bleed, tests: tuple[str, ...]) -> Iterator[str]:
    if bleed.replay:
        test = tests[0] if tests else "path::test"
        yield "replay just this schedule:"
        yield f"{_INDENT}pytest {_quoted(test)} --flaskctx-replay={bleed.replay}"


def _quoted(test: str) -> str:
    """Return a test's id as a shell takes it."""
    return shlex.quote(test) if re.search(r'["$`\\!]', test) else f'"{test}"'
