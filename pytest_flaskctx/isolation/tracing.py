"""Switch points by tracing: Python 3.11, which has no ``sys.monitoring``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from pytest_flaskctx.isolation.acting import GENERATING, acting
from pytest_flaskctx.isolation.instructions import proxy_lines, sharing
from pytest_flaskctx.isolation.turns import Kind

Trace = Callable[[FrameType, str, Any], Any]


class _Before(threading.local):
    """Who traces each thread besides."""

    trace: Any = None


class Tracing:
    """Traces the threads of participants, and of what runs in their contexts.

    Whoever traced a thread before, such as a coverage tool, hears of everything that it asked for.

    Args:
        users: whether code is the user's.
        extensions: whether it is an extension's, whose uses of proxies are switch points, too.
    """

    def __init__(
        self, users: Callable[[CodeType], bool], extensions: Callable[[CodeType], bool]
    ) -> None:
        self._users = users
        self._extensions = extensions
        self._live = False
        self._before = _Before()
        self._hook: Any = None
        # One object for good: the interpreter calls what is set here without holding it, and a bound
        # method that is made anew is gone, and its memory another's, once the next one is set.
        self._set = self.trace
        self.fine = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Trace threads that start within the block."""
        self._hook = threading.gettrace()
        self._live = True
        threading.settrace(self._first)
        try:
            yield
        finally:
            self._live = False
            threading.settrace(self._hook)

    def _first(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace a thread from its first call on; a coverage tool makes a tracer for it then."""
        inner = None
        if self._hook is not None:
            sys.settrace(self._hook)
            inner = self._hook(frame, event, argument)
            self._before.trace = sys.gettrace()
        sys.settrace(self._set)
        return inner

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Tell of a call, as ``sys.settrace`` wants it."""
        others = self._before.trace
        inner = others(frame, event, argument) if others is not None else None
        if not self._live:
            return inner
        self._stay()
        code = frame.f_code
        if self._users(code) or (self._extensions(code) and proxy_lines(code)):
            return self._local(frame, inner)
        return inner

    def _stay(self) -> None:
        """Take our place again: coverage's tracer puts itself there when it is called."""
        if sys.gettrace() is not self._set:
            sys.settrace(self._set)

    def _local(self, frame: FrameType, inner: Trace | None) -> Trace:
        kind_of = self._kind if self._users(frame.f_code) else _use
        if self.fine and kind_of is not _use:
            frame.f_trace_opcodes = True

        def local(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal inner
            if inner is not None and event != "opcode":
                inner = inner(frame, event, argument)
                self._stay()
            kind = kind_of(frame, event)
            role = acting() if kind and self._live else None
            if role is not None and kind is not None:
                role.turns.point(role.who, frame.f_code, frame.f_lineno, kind)
            return local

        return local

    def _kind(self, frame: FrameType, event: str) -> Kind | None:
        """Return what kind of switch point an event is, if it is one."""
        if event == "line":
            return "line"
        # At a yield, too: see the essay on turns.
        if event == "return" and not frame.f_code.co_flags & GENERATING:
            return "return"
        if event == "opcode" and self.fine and frame.f_lasti in sharing(frame.f_code):
            return "inside"
        return None


def _use(frame: FrameType, event: str) -> Kind | None:
    """Return the kind of a point in an extension's code: where a line of it names a proxy."""
    return "proxy" if event == "line" and frame.f_lineno in proxy_lines(frame.f_code) else None
