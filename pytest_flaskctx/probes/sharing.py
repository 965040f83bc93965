"""One context that several tasks push: FCX203's facts.

What does not work: waiting until two pushes overlap. In a hundred runs of the snippet that broke
for its author they did not once. So it is asked in which order the program makes sure that they
happen, and every answer rests on what each thread did in its own order, not on which came first:

- What ``copy_current_request_context`` made pushes its context as soon as it is called. Handing it
  over a second time is judged there and then.
- What else knows a context may push it or not, under a lock or after an event. That is judged when
  the tasks have run: by those that did push it, having waited for nothing.
- A thread that has a context pushed lends it to the task that it hands it to, and has to wait for
  that task before it pops it. That is judged when it did.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextvars import Context
from functools import partial
from itertools import pairwise
from types import BuiltinMethodType, FunctionType
from typing import TYPE_CHECKING, Any, cast

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import copying, is_context, record_for
from pytest_flaskctx.flasknames import request_in
from pytest_flaskctx.probes.cells import contents
from pytest_flaskctx.records import Entry, Loan, record_of
from pytest_flaskctx.running import Run
from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import IncidentKind
    from pytest_flaskctx.recorder import Recorder

Guard = Callable[[Callable[..., None]], Callable[..., None]]
Words = tuple[str, ...]

_RUN = Run.__call__.__code__
_WRAPPERS = 4
_ENTRIES = 64
"""How many calls are remembered that pushed one context."""


def handed(
    task: Task,
    thread: ThreadState,
    functions: Iterable[object],
    args: Iterable[object],
    contexts: Iterable[Any],
) -> None:
    """Note the contexts that go along with ``task``, and which of them went with another before.

    Args:
        task: the task.
        thread: the thread that hands it over.
        functions: what is handed over.
        args: what that is called with, as far as it is known.
        contexts: those that go along, in whichever way.
    """
    task.shares = True
    for function in functions:
        context = _copied(function, args)
        if context is not None:
            _again(context, task, thread)
    for context in contexts:
        _lend(context, task, thread)


def pushed_around(task: Task, thread: ThreadState, context: object) -> None:
    """Note that a pool pushes ``context`` around ``task``, as it does around all others."""
    if is_context(context):
        _again(context, task, thread)


def entered(context: Any, guarded: Guard) -> None:
    """Note that the task of this thread pushes ``context``.

    Args:
        context: the context, with the record of this push.
        guarded: keeps errors of ours from the program.
    """
    thread = here()
    task: Task = thread.task
    # What it waited for may have told it that another was done.
    if not task.carries_work or thread.heard > thread.begun:
        return
    recorder = _recorder(task)
    record = context._pytest_flaskctx
    for loan in record.loans:
        if loan.task is task:
            look = partial(guarded(_popped_early), _words(context), loan, guarded)
            recorder.check("drained", look)
    entries = vars(record).setdefault("entries", [])
    if entries and entries[0].task.recorder is not recorder:
        entries = record.entries = []
    if len(entries) < _ENTRIES and not any(each.begun == thread.begun for each in entries):
        raw = _in_task(walk(sys._getframe(2))) if entries else ()
        entries.append(Entry(task, thread.begun, raw))
        if len(entries) == 2 and record.handed is None:
            look = partial(guarded(_entered_by_several), _words(context), entries)
            recorder.check("drained", look)


def _lend(context: Any, task: Task, thread: ThreadState) -> None:
    """Note that ``thread`` hands what it has pushed to ``task``."""
    record = record_of(context)
    if record is None or not record.depth or record.owner is not thread:
        return
    # When a timer begins, whoever started it is mostly long done.
    if task.due is None:
        known = [old for old in record.loans if old.task.recorder is task.recorder]
        record.loans = [*known, Loan(task, thread)]
        record.watched = True


def _in_task(raw: RawStack) -> RawStack:
    """Return the part of a stack that belongs to the task which runs there."""
    codes = [code for code, _ in raw]
    return raw[: codes.index(_RUN)] if _RUN in codes else raw


def spread(task: Task, function: object) -> None:
    """Note that calls of ``task``, which calls ``function``, run at the same time."""
    task.several = True
    context = _copied(function, ())
    if context is not None:
        _note("shared-context", _words(context), task, task)


def _again(context: Any, task: Task, thread: ThreadState) -> None:
    """Judge that ``task``, which pushes ``context`` at once, comes after another that does."""
    record = record_for(context)
    earlier, record.handed = record.handed, task
    # A task that hands itself over again lends what it has pushed.
    if earlier is None or earlier is thread.task or earlier.recorder is not task.recorder:
        return
    if not (earlier.known_over(task) or board.waits_unseen):
        _note("shared-context", _words(context), task, earlier)


def _entered_by_several(words: Words, entries: list[Entry]) -> None:
    """Judge the tasks that pushed a context, in the order in which they were handed over."""
    ordered = sorted(entries, key=lambda entry: (entry.task.number, entry.begun))
    for first, second in pairwise(ordered):
        known = _within(second.task, first.task) or first.task.known_over(second.task)
        if not (known or board.waits_unseen):
            _note("shared-context", words, second.task, first.task, second.raw + first.raw)


def _within(task: Task, outer: Task) -> bool:
    """Whether ``task`` was handed over by ``outer``, or by what that handed over."""
    parent = task.parent
    while parent is not None and parent is not outer:
        parent = parent.parent
    return parent is not None


def _popped_early(words: Words, loan: Loan, guarded: Guard | None) -> None:
    """Judge whether what was lent was popped while the task might still have it pushed.

    Args:
        words: what was lent.
        loan: to which task.
        guarded: keeps errors of ours from the program; ``None`` if this is the last look.
    """
    task = loan.task
    if task.at_once or board.waits_unseen:
        return
    if not loan.ended:
        # By a fixture's teardown, perhaps.
        if guarded is not None:
            _recorder(task).check("over", partial(guarded(_popped_early), words, loan, None))
        return
    if loan.heard < task.number and not any(0 < wait.at < loan.ended for wait in task.waits):
        _note("lent-context", words, task, task)


def _note(
    kind: IncidentKind, words: Words, task: Task, earlier: Task, within: RawStack = ()
) -> None:
    _recorder(task).note(
        kind, task.raw, task=earlier, thread=task.thread, words=words, within=within
    )


def _words(context: Any) -> Words:
    """Return what a context is, to be told later: it is not kept until then."""
    return ("app" if request_in(context) is None else "request",)


def _recorder(task: Task) -> Recorder:
    """Return where ``task`` is booked: what hands over to a monitor has no other workload."""
    return cast("Recorder", task.recorder)


def _copied(function: Any, args: Iterable[object]) -> Any:
    """Return the context that ``function`` pushes as soon as it is called with ``args``."""
    for _ in range(_WRAPPERS):
        kind = type(function)
        if kind is FunctionType:
            if id(function.__code__) not in copying:
                break
            kept = contents(function.__closure__ or ())
            return next((each for each in kept if is_context(each)), None)
        if kind is partial:
            function, args = function.func, (*function.args, *args)
        elif kind is BuiltinMethodType and type(function.__self__) is Context:
            # `copy_context().run`, as asyncio.to_thread() hands it over.
            function = next(iter(args), None)
        else:
            break
    return None
