"""What event loops are told: by other threads, and by futures of pools.

What does not work: taking all that runs in a loop for told. ``gather`` begins its tasks one after
the other in one turn of the loop, and nothing keeps what they hand over apart. So it is asked which
thread told a loop to call something: what runs there from then on may know by that of all that the
thread did before. What asyncio calls so itself, to pass on the result of a pool's future, tells of
that future alone, and reads it.

From Python 3.14 on asyncio may read such a future when it registers with it, before a coroutine
could await it: by then the program has waited for nothing, though from then on nobody sees it wait.
So, where a context went along with its task, it is read in the next turn of the loop, as if the
pool's thread had been a little slower, and as older Pythons do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import iscoroutinefunction
from threading import get_ident
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from pytest_flaskctx.stacks import RawStack
from pytest_flaskctx.tasks import moments
from pytest_flaskctx.threadstate import here

Guarded = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Makes a function switch its probe off, and return ``None``, instead of raising."""

Live = Callable[[], bool]
_FUTURES = "asyncio.futures"
_LOOPS = "asyncio.base_events"
_BEGUN = 3
"""How many frames there are of what a loop begins: run_in_executor(), to_thread(), its own."""


def told(original: Callable[..., Any], live: Live, guarded: Guarded) -> Callable[..., Any]:
    """Return ``call_soon_threadsafe`` of loops, which notes that what it is given is called.

    Args:
        original: the method.
        live: whether anything is to be noted.
        guarded: keeps errors of ours from the program.
    """
    telling, note = guarded(_telling), guarded(_note)

    def call_soon_threadsafe(loop: Any, callback: Any, *args: Any, **kwargs: Any) -> Any:
        call = telling(loop, callback, sys._getframe(1), note) if live() else None
        return original(loop, callback if call is None else call, *args, **kwargs)

    return call_soon_threadsafe


def _telling(
    loop: Any, callback: Any, frame: FrameType, note: Callable[[int], object]
) -> Callable[..., Any] | None:
    """Return ``callback`` so that ``note`` is told of its call, if that may tell anything."""
    if not _tells(loop, callback, frame):
        return None
    ident = get_ident()

    # By its name, for asyncio says what it calls.
    @wraps(callback, updated=())
    def call(*args: Any) -> Any:
        __tracebackhide__ = True
        note(ident)
        return callback(*args)

    return call


def _tells(loop: Any, callback: Any, frame: FrameType) -> bool:
    """Whether a callback that was given in ``frame`` may tell a loop something of another thread."""
    if getattr(loop, "_thread_id", None) == get_ident():
        return False
    # Of the end of a future, or of the loop's own pool: of these it is known who waits for what.
    passes = type(callback) is FunctionType and callback.__module__ == _FUTURES
    if passes or frame.f_globals.get("__name__") == _LOOPS:
        return False
    # What cannot be called so, asyncio says itself.
    return callable(callback) and not iscoroutinefunction(callback)


def _note(ident: int) -> None:
    """Note that this thread's loop calls what the thread ``ident`` told it to."""
    if get_ident() != ident:
        thread = here()
        thread.turns += 1
        thread.heard = next(moments)


def chained(module: ModuleType) -> dict[int, CodeType]:
    """Return the code of what asyncio registers on a pool's future, if it may read that at once.

    Args:
        module: ``asyncio.futures``.
    """
    inner = vars(module)["_chain_future"].__code__.co_consts
    codes = [each for each in inner if type(each) is CodeType and "_set_state" in each.co_freevars]
    return {id(code): code for code in codes if "_get_running_loop" in code.co_names}


def registered(
    original: Callable[..., None],
    shares: Callable[[object], bool],
    codes: Mapping[int, CodeType],
    live: Live,
    guarded: Guarded,
) -> Callable[..., None]:
    """Return ``add_done_callback`` of a pool's futures, in which asyncio reads none of them.

    Args:
        original: the method.
        shares: whether a context goes along with the task of a future.
        codes: what :func:`chained` returned.
        live: whether anything is to be noted.
        guarded: keeps errors of ours from the program.
    """

    def loop_of(future: Any, function: Any) -> Any:
        """Return the loop that runs here and waits for ``future``, if that matters."""
        from asyncio import _get_running_loop

        if id(function.__code__) not in codes or not shares(future):
            return None
        names = function.__code__.co_freevars
        loop = function.__closure__[names.index("dest_loop")].cell_contents
        return loop if loop is _get_running_loop() else None

    find = guarded(loop_of)

    def add_done_callback(future: Any, fn: Any) -> None:
        loop = find(future, fn) if type(fn) is FunctionType and live() else None
        return original(future, fn) if loop is None else _register(original, future, fn, loop)

    return add_done_callback


def _register(
    original: Callable[..., None], future: Any, function: Callable[[Any], object], loop: Any
) -> None:
    registering = get_ident()

    @wraps(function)
    def told(source: Any) -> None:
        # Another thread may complete it meanwhile.
        if registering == get_ident():
            loop.call_soon(function, source)
        else:
            function(source)

    try:
        original(future, told)
    finally:
        registering = 0


def with_awaiters(raw: RawStack) -> RawStack:
    """Return a stack with those who await what a loop begins there, if nobody else stands in it.

    Under ``gather``, or in a task of its own, ``asyncio.to_thread()`` is called by the loop, and the
    coroutine that wants to know what comes of it stands elsewhere.

    Args:
        raw: the stack of a hand-over.
    """
    if len(raw) < _BEGUN or raw[_BEGUN - 1][0].co_qualname != "Handle._run":
        return raw
    from asyncio import current_task

    try:
        return (*raw[: _BEGUN - 1], *_awaiting(current_task()), *raw[_BEGUN - 1 :])
    except Exception:  # what asyncio keeps for itself may change, and this is not worth a probe
        return raw


def _awaiting(future: Any, depth: int = 8) -> RawStack:
    """Return the stack of the coroutine that awaits ``future``, the innermost first."""
    from asyncio import Task, isfuture

    for callback, *_ in (future._callbacks or ()) if depth else ():
        # A task that wakes up, or a group of tasks that is told.
        owner = getattr(callback, "__self__", None)
        owner = getattr(owner, "_parent_task", owner)
        if isinstance(owner, Task):
            return _suspended(owner.get_coro())
        # What `gather` and `wait` make for all that they were given.
        cells = [cell.cell_contents for cell in getattr(callback, "__closure__", None) or ()]
        for outer in filter(isfuture, cells):
            if outer is not future and (found := _awaiting(outer, depth - 1)):
                return found
    return ()


def _suspended(coroutine: Any) -> RawStack:
    """Return where a coroutine waits, and those that it awaits, the innermost first."""
    raw = []
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        raw.append((frame.f_code, frame.f_lasti))
        coroutine = coroutine.cr_await
    return tuple(reversed(raw))
