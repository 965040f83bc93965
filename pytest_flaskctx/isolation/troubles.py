"""What is told of visits that never come to an end: who waits for what, who holds it, and where."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import LETTERS, written
from pytest_flaskctx.isolation.turns import Point, Wait
from pytest_flaskctx.source import shown

_MOST_FRAMES = 12


def told(run: Run, users: Callable[[str], bool], root: Path) -> str:
    """Return what is told of a run that had to be given up.

    Args:
        run: the run.
        users: whether a file is the user's.
        root: the root directory, to which files are relative.
    """
    trouble = run.trouble
    assert trouble is not None
    lines = [_headline(run), *(f"  {line}" for line in _waits(trouble.waits, root))]
    for number, stack in zip(trouble.who, trouble.stacks, strict=True):
        lines += ["", f"  visitor {LETTERS[number]} stands at:"]
        frames = [frame for frame in stack if users(frame[0])] or stack
        lines += [
            f"    {shown(file, root)}:{line} in {function}"
            for file, line, function in frames[:_MOST_FRAMES]
        ]
    if len(run.visitors) > 1:
        lines += ["", f"  schedule: {written(run.schedule)}"]
    return "\n".join(lines)


def _headline(run: Run) -> str:
    trouble = run.trouble
    assert trouble is not None
    names = " and ".join(LETTERS[number] for number in trouble.who)
    if len(trouble.who) > 1 and trouble.waits and all(map(_is_to_be_woken, trouble.waits)):
        return f"visitors {names} wait to be woken, and nobody is left to do it"
    if trouble.kind == "deadlock" and len(trouble.who) > 1:
        return f"visitors {names} wait for each other for ever"
    if len(run.visitors) == 1:
        visit = getattr(run.visitors[0].visit, "__qualname__", repr(run.visitors[0].visit))
        return f"the visit {visit} never ends alone"
    return f"visitors {names} never come to an end"


def spinning(run: Run, root: Path) -> str:
    """Return what is told of a participant that runs the same lines without end."""
    trouble = run.trouble
    assert trouble is not None
    at = run.turns.participants[trouble.who[0]].at
    where = place(at, root) if at else "an unknown line"
    return f"visitor {LETTERS[trouble.who[0]]} runs on without end, at {where}"


def place(point: Point, root: Path) -> str:
    """Return file, line and function of a step."""
    return f"{shown(point.code.co_filename, root)}:{point.line} in {point.code.co_qualname}"


def _waits(waits: Iterable[Wait], root: Path) -> Iterator[str]:
    for wait in waits:
        if _is_to_be_woken(wait):
            yield f"{LETTERS[wait.who]} at {place(wait.at, root)} waits to be woken"
            continue
        held = ""
        if wait.owner is not None and wait.since is not None:
            held = f", held by {LETTERS[wait.owner]} since {place(wait.since, root)}"
        lock = lock_name(wait.lock, root)
        yield f"{LETTERS[wait.who]} at {place(wait.at, root)} waits for {lock}{held}"


def _is_to_be_woken(wait: Wait) -> bool:
    """Whether somebody waits at a condition, an event or a queue: by a lock that it made for that."""
    made = getattr(wait.lock, "made", None)
    return (
        made is not None
        and made[0].co_filename == threading.__file__
        and made[0].co_qualname == "Condition.wait"
    )


def lock_name(lock: Any, root: Path) -> str:
    """Return how a program would write a lock, or where it was made."""
    if lock.name:
        return str(lock.name)
    if lock.made is None:
        return "a lock"
    code, line = lock.made
    return f"the lock made at {shown(code.co_filename, root)}:{line}"
