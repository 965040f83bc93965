"""When pytest-timeout strikes: say which tasks were running, and where each was handed over.

Its two methods end differently (``signal`` fails the test, ``thread`` ends the process at once),
but both print all stacks first; that is the one moment that both share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.patching import Patches
from pytest_flaskctx.places import handing
from pytest_flaskctx.tasks import Task


def tell_of_tasks(patches: Patches, pytest_timeout: ModuleType) -> None:
    """Add the tasks that run to what pytest-timeout prints."""
    original = pytest_timeout.dump_stacks
    patches.replace(pytest_timeout, "dump_stacks", _with_tasks(original))


def _with_tasks(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def dump_stacks(terminal: Any) -> None:
        original(terminal)
        lines = list(running())
        if lines:
            terminal.sep("~", title="Tasks that Flask requests handed over")
            for line in lines:
                terminal.write(f"{line}\n")

    return dump_stacks


def running() -> Iterator[str]:
    """Yield a line for each task of the running test that is not over."""
    recorder = board.current
    if recorder is None:
        return
    for task in list(recorder.live.values()):
        yield _line(task, recorder.hub)


def _line(task: Task, hub: Hub) -> str:
    from pytest_flaskctx.reports.telling import request_words

    origin = hub.origin(task)
    frame = handing(origin.stack)
    place = f"{frame.file}:{frame.line} in {frame.function}" if frame else "an unknown place"
    where = f"in thread {task.runner!r}" if task.ident else "not begun"
    request = f", while serving {request_words(origin.request)}" if origin.request else ""
    return f"{origin.kind}, {where}, handed over at {place}{request}"
