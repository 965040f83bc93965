"""What leaves a request with a task that the request does not wait for: FCX204's facts.

What does not work: looking whether the task still runs when the request's context is popped. One
that happens to be quick would be found in one run and not in the next; and one that the request
waited for, by an event that it sets, may still be at its last steps then. So what counts is whether
the program waits for the task in the request's name, whatever the clock says:

- Who waits for a future, a thread or a pool is known to wait for just that.
- Where the request waited for something that tells nobody what that was (an event, a queue, a
  promise), or asked after the task in vain, or called it off, it may have made sure of its end in a
  way of its own; and so it may, unseen, where a lock goes along. Then nothing is told.
- A task that a task hands over is part of the request as long as that one is waited for; where it
  is not, it is the one that is told of.
"""

from __future__ import annotations

from _thread import LockType
from collections.abc import Callable, Iterable
from contextvars import Context
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal, cast

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context, request_variables
from pytest_flaskctx.probes.cells import OPENED, held
from pytest_flaskctx.records import ContextRecord, Departure, record_of
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import ThreadState

if TYPE_CHECKING:
    from pytest_flaskctx.recorder import Recorder

    Guarded = Callable[[Callable[..., object]], Callable[..., object]]
    """Makes a function switch its probe off instead of raising."""

    Fate = Literal["over", "unknown", "outlives"]
    """The request made sure that a task is over, or may have, or did not."""

_WRAPPERS = 4
_SIGNALS = frozenset({LockType, SimpleQueue})
"""What is waited for in C; the waits for all others are seen."""


def handed(
    task: Task, thread: ThreadState, carried: Iterable[Any], given: Iterable[object]
) -> None:
    """Note that ``task`` takes contexts along.

    Args:
        task: the task.
        thread: the thread that hands it over.
        carried: Flask's contexts, and sets of context variables.
        given: all that is handed over: functions, and what they are called with.
    """
    request = task.request
    if request is not None and any(_is_of(each, request) for each in carried):
        when_outlived(task, thread, given, partial(_tell, task))


def when_outlived(
    task: Task, thread: ThreadState, given: Iterable[object], tell: Callable[[], object]
) -> None:
    """Have ``tell`` called if ``task`` turns out not to be waited for by its request.

    That is judged when the test is drained, and ``tell`` is called once at most; it may raise. The
    request is the one that is served where this is called: by the thread itself, or by what handed
    over the task that it runs. Where there is none, or it is over, nothing comes of it.

    Args:
        task: the task, which is being handed over.
        thread: the thread that hands it over.
        given: all that is handed over: functions, and what they are called with.
        tell: books what is wrong.
    """
    departure = task.departure
    if departure is None and _may_signal(given):
        return
    if departure is None:
        record = _serving(task, thread)
        if record is None:
            return
        departure = task.departure = Departure(task, thread)
        record.watched = True
        vars(record).setdefault("departures", []).append(departure)
        if _within_request(task):
            # What hands over in turn has waited for all that it is going to when it ends itself.
            cast("Task", task.parent).saw(departure)
    departure.tells.append(tell)


def request_over(departures: Iterable[Departure], guarded: Guarded) -> None:
    """Note that the request is over which tasks of it may outlive.

    Args:
        departures: what is known of these; a response that streams in its context ends it twice.
        guarded: keeps errors of ours from the program.
    """
    for departure in departures:
        task = departure.task
        departure.called_off = task.called_off
        if not _within_request(task):
            departure.settle()
        recorder = cast("Recorder", task.recorder)
        if recorder.closed:
            guarded(_judge)(departure)
        elif not departure.booked:
            departure.booked = True
            recorder.check("drained", partial(guarded(_judge), departure))


def _may_signal(given: Iterable[object], depth: int = _WRAPPERS) -> bool:
    """Whether a task may say by what it is given that it is done, without anybody's seeing it."""
    for thing in given:
        kind = type(thing)
        if type(kind) is not type:
            # What a metaclass of the user's has for a hash may raise.
            continue
        if kind in _SIGNALS:
            return True
        if kind in OPENED and depth and _may_signal(held(thing), depth - 1):
            return True
    return False


def _is_of(carried: Any, request: RequestRecord) -> bool:
    """Whether a context, or one among a set of context variables, is of ``request``."""
    if type(carried) is not Context:
        record = record_of(carried)
        return record is not None and record.request is request
    found = (carried.get(variable) for variable in request_variables)
    return any(_is_of(each, request) for each in found if each is not None)


def _serving(task: Task, thread: ThreadState) -> ContextRecord | None:
    """Return the context in which the request of ``task`` is served, while that is not over."""
    context = thread.request if thread.request is not None else bound_context()
    record = record_of(context) if context is not None else None
    request = task.request
    if record is None or request is None or record.request is not request:
        return None
    if record.copied:
        record = request.original
    return record if record is not None and not record.over else None


def _within_request(task: Task) -> bool:
    """Whether another task of the same request handed ``task`` over.

    A thread that serves a request is the task of a live server, or of a test, and of no request.
    """
    return task.parent is not None and task.parent.request is task.request


def _judge(departure: Departure) -> None:
    departure.booked = False
    if _fate(departure) == "outlives":
        tells, departure.tells = departure.tells, []
        for tell in tells:
            tell()


def _fate(departure: Departure) -> Fate:
    task = departure.task
    if _is_over(departure):
        return "over"
    turns = departure.thread.turns if departure.until is None else departure.until
    if board.waits_unseen or turns != departure.turns or _asked(task):
        return "unknown"
    if task.kind == "callback" and departure.closed:
        return "unknown"
    if _within_request(task) and not _is_waited_for(cast("Task", task.parent)):
        return "unknown"
    return "outlives"


def _is_waited_for(task: Task) -> bool:
    """Whether the request made sure of the end of what handed over a task of it."""
    if task.departure is not None:
        return _fate(task.departure) == "over"
    return task.awaited()


def _is_over(departure: Departure) -> bool:
    """Whether the program made sure that a task is over when its request is."""
    task = departure.task
    if departure.called_off or task.at_once:
        return True
    waits = (*task.waits, *departure.beside)
    return any(request is task.request for wait in waits for request in wait.by)


def _asked(task: Task) -> bool:
    return any(request is task.request for wait in task.waits for request in wait.asked)


def _tell(task: Task) -> None:
    cast("Recorder", task.recorder).note(
        "outlives-request", task.raw, task=task, thread=task.thread
    )
