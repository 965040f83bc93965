"""A child process, played in this process as if it were another one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errands import size
from flask import Flask
from watching import Watched, watched

from pytest_flaskctx import letters
from pytest_flaskctx.board import board
from pytest_flaskctx.errands import Told
from pytest_flaskctx.letters import Aftermath, Seen
from pytest_flaskctx.papers import Papers
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here, mine

APP = Flask("shop")
TOLD = Told("1.5", "submit", (5,), "", None, 0, True, False)
START = TOLD._replace(name="1.4", kind="process", chain=(4,))


def arrive(*_: object) -> None:
    """Stand for what installs the probes: here they are in place."""


def refuse(*_: object) -> None:
    """Stand for probes that cannot be installed."""
    raise ImportError("no Flask of ours")


class Child:
    """What a child wrote."""

    def __init__(self, folder: Path, watch: Watched) -> None:
        self.folder = folder
        self.watch = watch

    @property
    def letters(self) -> list[Seen | Aftermath]:
        """All of it."""
        lines = [line for file in self.folder.glob("*.jsonl") for line in file.open("rb")]
        read = [letters.read(line) for line in lines]
        assert None not in read
        return [each for each in read if each is not None]

    @property
    def seen(self) -> list[Seen]:
        """The accesses."""
        return [each for each in self.letters if isinstance(each, Seen)]


@contextmanager
def child(folder: Path, told: Told = START, *, inherits: bool = False) -> Iterator[Child]:
    """Be a forked child in the block."""
    with watched() as watch:
        before, board.inherits = vars(board).copy(), inherits
        state = here()
        try:
            Papers(str(folder), arrive, (), told).enter()
            yield Child(folder, watch)
        finally:
            mine.state = state
            vars(board).clear()
            vars(board).update(before)


@contextmanager
def no_book() -> Iterator[None]:
    """Know of no children at the beginning of the block, and of those before at its end."""
    before = vars(board).pop("children", None)
    try:
        yield
    finally:
        vars(board).pop("children", None)
        if before is not None:
            board.children = before


def told_of(task: Task) -> Told:
    """Return what a child is told, with a task that stands behind it."""
    return Told.of(task)


def handed(elsewhere: bool = True) -> Task:
    """Hand a task over to another process."""
    task = hand_over("submit", sys._getframe(), size, elsewhere=elsewhere)
    assert task is not None
    return task
