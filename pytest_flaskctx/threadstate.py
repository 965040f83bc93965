"""What each thread knows of itself: its token, the contexts it pushed, the task it runs.

The token is never reused, unlike ``get_ident()``: fifty threads one after the other had one.
``app`` and ``request`` hold the context that this thread pushed last; comparing them with what
the context variable holds is the cheapest proof that a proxy reads this thread's own context.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

_tokens = itertools.count(1)


class ThreadState:
    """One thread's own record; written by this thread alone.

    Attributes:
        app: the application context that this thread pushed last and has not popped.
        request: likewise the request context.
        hidden: the request context that stands here when a block in which work may run at once is
            over; ``None`` outside of any.
        ident: its ``get_ident()``.
        token: its number, which no other thread ever has.
        started: the ``Task`` as which this thread was started, where that is known.
        task: the ``Task`` that this thread runs, ``None`` in a thread of which nothing is known.
        name: its name when it began, or when it was first seen.
        muted: above 0 while accesses are part of one that is already recorded.
        turns: how often it has waited on a condition: for an event, a queue, a result.
        fed: how often it waited to the end for what may have told it to do something: an event, a
            queue, a condition.
        heard: the moment at which it last waited for anything to its end, counted as tasks are.
        begun: the moment at which it began its task.
        closed: the moment at which it last waited for a pool to be done.
    """

    __slots__ = (
        "app",
        "begun",
        "closed",
        "fed",
        "heard",
        "hidden",
        "ident",
        "muted",
        "name",
        "request",
        "started",
        "task",
        "token",
        "turns",
    )

    def __init__(self) -> None:
        self.token = next(_tokens)
        self.ident = threading.get_ident()
        self.name = _name(self.ident)
        self.app: Any = None
        self.request: Any = None
        self.hidden: Any = None
        self.started: Any = None
        self.task: Any = None
        self.muted = 0
        self.turns = 0
        self.fed = 0
        self.heard = 0
        self.begun = 0
        self.closed = 0

    @property
    def serving(self) -> Any:
        """The request context that this thread pushed last, hidden from the proxies or not."""
        return self.hidden if self.request is None else self.request


mine = threading.local()
"""``mine.state`` is the calling thread's record, once :func:`here` was called in it.

Not a subclass that makes the record by itself: CPython finds an attribute of a plain ``local`` at
once, that of a subclass by the way that every object goes, which is 5 % of an access of a proxy.
"""


def here() -> ThreadState:
    """Return the calling thread's record."""
    try:
        found: ThreadState = mine.state
    except AttributeError:
        found = mine.state = ThreadState()
    return found


def _name(ident: int) -> str:
    """Return the name of a thread, without making a record of an unknown one.

    ``threading.current_thread()`` would register a dummy for a thread that Python did not start,
    and the program could see it in ``threading.enumerate()``.
    """
    known = (thread.name for thread in threading.enumerate() if thread.ident == ident)
    return next(known, f"thread {ident}")
