"""Executors that a test puts in the place of a pool: they run the work at once.

They are the user's own classes, each with a ``submit`` of its own. Whether that runs the work at
once, hands it to a pool or starts a thread is seen when it does; those of libraries are left
alone, which may send it anywhere.

What does not work: handing on something of ours in the place of the function, to see it run. An
executor may ask for its type, keep it, compare it by ``is`` or write to it. So it gets what was
given; what the thread had pushed is hidden while ``submit`` works, and an access that finds it
all the same is asked whether the function's code stands on the stack, above ``submit``.
"""

from __future__ import annotations

import inspect
import os
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial, wraps
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.probes.atonce import Hidden
from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.running import at_once, begin, finish
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_STDLIB = os.path.dirname(os.__file__)
_INSTALLED = ("site-packages", "dist-packages")
_NO_CALL = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_GENERATOR
_WRAPPERS = 4


class Inline(Probe):
    """``submit`` of the user's own executors."""

    name = "inline"

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board)
        # Weak: a class made by a test goes with it.
        self._wrapped: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def install(self) -> None:
        """Wrap the executors that there are, and those to come."""
        self.patches.add(self._unwrap)
        self.patches.replace(Executor, "__init_subclass__", classmethod(self._made()))
        for cls in list(_subclasses(Executor)):
            self._wrap(cls)

    def _made(self) -> Callable[..., None]:
        wrap = self.guarded(self._wrap)

        def made(cls: type[Executor], **kwargs: Any) -> None:
            super(Executor, cls).__init_subclass__(**kwargs)
            if self.live:
                wrap(cls)

        return made

    def _wrap(self, cls: Any) -> None:
        original = vars(cls).get("submit")
        if type(original) is FunctionType and not _left_alone(original):
            cls.submit = self._submit(original)
            self._wrapped[cls] = weakref.ref(cls.submit)

    def _unwrap(self) -> None:
        for cls, ours in list(self._wrapped.items()):
            submit = vars(cls).get("submit")
            if submit is not None and submit is ours():
                cls.submit = submit.__wrapped__

    def _submit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        submitting = self.guarded(_submitting)

        @wraps(original)
        def submit(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            call = submitting(sys._getframe(), args, kwargs) if self.live else None
            if call is None:
                return original(*args, **kwargs)
            with call:
                return original(*args, **kwargs)

        return submit


class Submitting(Hidden):
    """A call of ``submit``: what it is given may run in it, or elsewhere, or later.

    Args:
        frame: the frame of the call, which nothing of ours keeps when it is over.
        codes: ``id()`` of the code that runs where the function does.
        function: the function.
        args: what that is to be called with.
        kwargs: likewise, by name.
    """

    __slots__ = ("_args", "_before", "_codes", "_frame", "_function", "_kwargs", "_task", "_token")

    def __init__(
        self,
        frame: FrameType,
        codes: frozenset[int],
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self._frame: FrameType | None = frame
        self._codes = codes
        self._function: Any = function
        self._args = args
        self._kwargs = kwargs
        self._token = here().token
        self._task: Task | None = None
        self._before: Task | None = None

    def runs(self) -> bool:
        """Whether the calling thread runs the function in this call now, as its task."""
        # A thread that inherits the context of the one that starts it finds the call there.
        if here().token != self._token:
            return False
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not self._frame:
            if id(frame.f_code) in self._codes:
                return self._is_task()
            frame = frame.f_back
        return False

    def _is_task(self) -> bool:
        """Note, when it is first seen to run, that it was handed over; return whether that is."""
        if self._task is None and self._frame is not None:
            caller = self._frame.f_back
            function, args, kwargs = self._function, self._args, self._kwargs
            task = self._task = hand_over("submit", caller, function, args=args, kwargs=kwargs)
            if task is not None:
                task.inline = True
                self._before = begin(task)
        return self._task is not None

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        # A frame that refers to itself by way of its own variables awaits the garbage collector.
        self._frame = self._function = None
        self._args, self._kwargs = (), {}
        if self._task is not None:
            finish(self._task, self._before)


def _submitting(
    frame: FrameType, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Submitting | None:
    """Return what looks at a call of ``submit``, where a request is bound that a task could use."""
    if len(args) < 2 or (here().request is None and bound_context() is None):
        return None
    around = at_once.get()
    # By `super().submit` the same call comes to another class.
    if isinstance(around, Submitting) and not around.runs():
        return None
    codes = frozenset(map(id, _codes(args[1], _WRAPPERS)))
    return Submitting(frame, codes, args[1], args[2:], kwargs) if codes else None


def _codes(function: Any, depth: int) -> Iterator[CodeType]:
    """Yield the code that runs where ``function`` is called, as far as its type tells."""
    kind = type(function)
    if kind is FunctionType:
        yield function.__code__
    elif kind is MethodType and depth:
        yield from _codes(function.__func__, depth - 1)
    elif kind is partial and depth:
        yield from _codes(function.func, depth - 1)
    else:
        # Neither the object nor its metaclass is asked, which may answer as they like.
        spaces = (_asked_of(cls, "__dict__") for cls in _asked_of(kind, "__mro__"))
        called = next((space["__call__"] for space in spaces if "__call__" in space), None)
        if type(called) is FunctionType:
            yield called.__code__


def _asked_of(cls: type, name: str) -> Any:
    return type.__getattribute__(cls, name)


def _subclasses(cls: type[Executor]) -> Iterator[type[Executor]]:
    for each in cls.__subclasses__():
        yield each
        yield from _subclasses(each)


def _left_alone(submit: FunctionType) -> bool:
    """Whether a ``submit`` does nothing when it is called, or is somebody else's than the user's."""
    return bool(submit.__code__.co_flags & _NO_CALL) or _installed(inspect.unwrap(submit))


def _installed(function: Callable[..., Any]) -> bool:
    """Whether a function is the standard library's, a library's, or in the place of one."""
    file = str(getattr(getattr(function, "__code__", None), "co_filename", ""))
    parts = file.replace("\\", "/").split("/")
    return any(part in _INSTALLED for part in parts) or file.startswith((_STDLIB, _OWN, "<frozen"))
