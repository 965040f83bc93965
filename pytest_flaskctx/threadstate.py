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


class ThreadState(threading.local):
    """One thread's own record; every attribute is private to the thread that reads it.

    Attributes:
        app: the application context that this thread pushed last and has not popped.
        request: likewise the request context.
        ident: its ``get_ident()``.
        task: the ``Task`` that this thread runs, ``None`` in a thread of which nothing is known.
        name: its name when it began, or when it was first asked for.
        muted: above 0 while accesses are part of one that is already recorded.
    """

    def __init__(self) -> None:
        # Called once in each thread. A default on the class would be looked up there first, at
        # every access of a proxy: 30 ns, a tenth of the whole.
        self.token = next(_tokens)
        self.ident = threading.get_ident()
        self.app: Any = None
        self.request: Any = None
        self.task: Any = None
        self.name = ""
        self.muted = 0


state = ThreadState()


def thread_name() -> str:
    """Return the name of the running thread, without making a record of an unknown one.

    ``threading.current_thread()`` would register a dummy for a thread that Python did not start,
    and the program could see it in ``threading.enumerate()``.
    """
    if not state.name:
        ident = threading.get_ident()
        known = (thread.name for thread in threading.enumerate() if thread.ident == ident)
        state.name = next(known, f"thread {ident}")
    return state.name
