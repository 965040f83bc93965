"""Switch points by tracing: Python 3.11, which has no ``sys.monitoring``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import CodeType, FrameType
from typing import Any

from pytest_flaskctx.isolation.acting import GENERATING, acting
from pytest_flaskctx.isolation.instructions import proxy_lines, sharing
from pytest_flaskctx.isolation.turns import Kind

Trace = Callable[[FrameType, str, Any], Any]
KindOf = Callable[[FrameType, str], Kind | None]


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
        self._partly: dict[int, tuple[CodeType, frozenset[int]]] = {}
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
        if self._users(frame.f_code):
            if self.fine:
                frame.f_trace_opcodes = True
            return self._local(self._kind, inner)
        uses = self._uses(frame)
        return self._local(partial(_use, uses), inner) if uses else inner

    def _uses(self, frame: FrameType) -> frozenset[int]:
        """Return the lines of an extension's function that use a proxy."""
        code = frame.f_code
        known = self._partly.get(id(code))
        if known is None:
            # By ``id()``: code of two files that says the same on the same lines is equal.
            lines = proxy_lines(code, frame.f_globals) if self._extensions(code) else frozenset()
            known = self._partly[id(code)] = code, lines
        return known[1]

    def _stay(self) -> None:
        """Take our place again: coverage's tracer puts itself there when it is called."""
        if sys.gettrace() is not self._set:
            sys.settrace(self._set)

    def _local(self, kind_of: KindOf, inner: Trace | None) -> Trace:
        """Return what traces one call, besides whoever else does."""

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


def _use(lines: frozenset[int], frame: FrameType, event: str) -> Kind | None:
    """Return the kind of a point in an extension's code: where a line of it uses a proxy."""
    return "proxy" if event == "line" and frame.f_lineno in lines else None
