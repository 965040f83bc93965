"""A context that is handed to two tasks, or entered by two: FCX203's facts.

What does not work: waiting until two pushes overlap. In a hundred runs of the snippet that broke
for its author they did not once. So it is judged where the context is handed over: the function
that is handed over holds it in its closure, or it stands among the arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from pytest_flaskctx.contexts import context_slots, record_for, record_of
from pytest_flaskctx.flasknames import request_in
from pytest_flaskctx.probes.cells import contents
from pytest_flaskctx.probes.given import Given
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here

_WRAPPERS = 4


def handed(task: Task, things: Iterable[object]) -> None:
    """Note the contexts that go along with ``task``, and which of them went with another before.

    Args:
        task: the task.
        things: its function, and what that is called with.
    """
    for context in _contexts(things):
        record = record_for(context)
        earlier, record.handed = record.handed, task
        if earlier is not None and not _done(earlier, task):
            _note(context, earlier, task)


def entered(context: Any) -> None:
    """Note that this thread pushes ``context``, which was pushed before."""
    record, task = record_of(context), here().task
    if record is None or task is None or not task.carries_work:
        return
    earlier, record.entered = record.entered, task
    # Where both were seen to get it, that was told already.
    if earlier is None or earlier is task or record.handed is not None or _done(earlier, task):
        return
    first, second = sorted((earlier, task), key=lambda each: each.number)
    _note(context, first, second)


def _note(context: Any, earlier: Task, task: Task) -> None:
    if isinstance(task.recorder, Recorder):
        slot = "request" if request_in(context) is not None else "app"
        task.recorder.note("shared-context", task.raw, task=earlier, words=(slot,))


def _done(earlier: Task, task: Task) -> bool:
    """Whether the program made sure that ``earlier`` is over before ``task`` begins."""
    if earlier.awaited() or (earlier.lone is not None and earlier.lone is task.lone):
        return True
    # By an event, a condition or a queue, perhaps; what else it waited for is not known.
    return earlier.over() and earlier.hander == task.hander and earlier.turns < task.turns


def _contexts(things: Iterable[object], depth: int = _WRAPPERS) -> Iterator[Any]:
    """Yield the contexts among ``things``, and in the functions among them."""
    for thing in things:
        kind = type(thing)
        if kind in context_slots:
            yield thing
        elif depth:
            yield from _contexts(_inside(kind, thing), depth - 1)


# By type: isinstance() would look through a proxy that was handed over.
def _inside(kind: type, thing: Any) -> Iterator[object]:
    if kind is FunctionType:
        if thing.__closure__ is not None:
            yield from contents(thing.__closure__)
        if thing.__defaults__ is not None:
            yield from thing.__defaults__
    elif kind is MethodType:
        yield from (thing.__func__, thing.__self__)
    elif kind is Given:
        yield thing.function
    elif kind is partial:
        yield from (thing.func, *thing.args, *thing.keywords.values())
