"""Executors that a test puts in the place of a pool: they run the work at once.

They are the user's own classes, each with a ``submit`` of its own. Whether that runs the work at
once, hands it to a pool or starts a thread is seen when it does; those of libraries are left
alone, which may send it anywhere.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import wraps
from inspect import iscoroutinefunction, unwrap
from types import FrameType, FunctionType
from typing import Any

from pytest_flaskctx.contexts import bound_request
from pytest_flaskctx.probes.atonce import AtOnce
from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.probes.given import Given
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.running import Run
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_STDLIB = os.path.dirname(os.__file__)
_INSTALLED = ("site-packages", "dist-packages")


class Inline(Probe):
    """``submit`` of the user's own executors."""

    name = "inline"

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board)
        # Weak: a class made by a test goes with it.
        self._wrapped: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self._handed = self.guarded(_handed)

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
        if type(original) is FunctionType and not _installed(unwrap(original)):
            cls.submit = self._submit(original)
            self._wrapped[cls] = weakref.ref(cls.submit)

    def _unwrap(self) -> None:
        for cls, ours in list(self._wrapped.items()):
            submit = vars(cls).get("submit")
            if submit is not None and submit is ours():
                cls.submit = submit.__wrapped__

    def _submit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def submit(pool: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            # What is given already comes from a subclass, by ``super().submit``.
            if not self.live or type(fn) is Given or not callable(fn) or iscoroutinefunction(fn):
                return original(pool, fn, *args, **kwargs)
            given = Given(fn, sys._getframe(1), self._run)
            try:
                return original(pool, given, *args, **kwargs)
            finally:
                given.let_go()

        return submit

    def _run(
        self,
        frame: FrameType,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        __tracebackhide__ = True
        task = self._handed(frame, function, args, kwargs)
        if task is None:
            return function(*args, **kwargs)
        with AtOnce(task):
            return Run(task, function)(*args, **kwargs)


def _handed(
    frame: FrameType,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Task | None:
    if bound_request(here()) is None:
        return None
    return hand_over("submit", frame, function, args=args, kwargs=kwargs)


def _subclasses(cls: type[Executor]) -> Iterator[type[Executor]]:
    for each in cls.__subclasses__():
        yield each
        yield from _subclasses(each)


def _installed(function: Callable[..., Any]) -> bool:
    """Whether a function is the standard library's, a library's, or in the place of one."""
    file = str(getattr(getattr(function, "__code__", None), "co_filename", ""))
    parts = file.replace("\\", "/").split("/")
    return any(part in _INSTALLED for part in parts) or file.startswith((_STDLIB, _OWN, "<frozen"))
