"""Switch points by ``sys.monitoring``: Python 3.12 and later."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from pytest_flaskctx.errors import IsolationError
from pytest_flaskctx.isolation.acting import GENERATING, acting
from pytest_flaskctx.isolation.instructions import line_of, proxy_lines, sharing

# Whoever checks types for Python 3.11 knows of none.
watching: Any = getattr(sys, "monitoring", None)

# By Python's own table 0 is for debuggers, 1 for coverage, 2 for profilers and 5 for optimizers.
_TOOLS = (4, 3)
_NAME = "pytest-flaskctx"


class Monitoring:
    """Listens to lines and returns of the user's code, and to nothing else.

    Args:
        users: whether code is the user's.
        extensions: whether it is an extension's, whose uses of proxies are switch points, too.
    """

    def __init__(
        self, users: Callable[[CodeType], bool], extensions: Callable[[CodeType], bool]
    ) -> None:
        self._users = users
        self._extensions = extensions
        # By ``id()``: code of two files that says the same on the same lines is equal.
        self._heard: dict[int, CodeType] = {}
        self._partly: dict[int, tuple[CodeType, frozenset[int]]] = {}
        self._fine = False
        self._tool = 0

    @property
    def fine(self) -> bool:
        """Whether instructions within a line are switch points, too."""
        return self._fine

    @fine.setter
    def fine(self, wanted: bool) -> None:
        if wanted != self._fine:
            self._fine = wanted
            for code in self._heard.values():
                self._listen(code)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Listen within the block.

        Raises:
            IsolationError: others listen under every number.
        """
        self._tool = _free_tool()
        watching.use_tool_id(self._tool, _NAME)
        events = watching.events
        watching.register_callback(self._tool, events.PY_START, self._started)
        watching.register_callback(self._tool, events.LINE, self._line)
        watching.register_callback(self._tool, events.PY_RETURN, _returned)
        watching.register_callback(self._tool, events.INSTRUCTION, _instruction)
        watching.set_events(self._tool, events.PY_START)
        # Where a start was told once, an earlier exploration switched it off.
        watching.restart_events()
        try:
            yield
        finally:
            partly = (code for code, _ in self._partly.values())
            for code in (*self._heard.values(), *partly):
                watching.set_local_events(self._tool, code, 0)
            watching.set_events(self._tool, 0)
            for event in (events.PY_START, events.LINE, events.PY_RETURN, events.INSTRUCTION):
                watching.register_callback(self._tool, event, None)
            watching.free_tool_id(self._tool)
            self._heard.clear()
            self._partly.clear()

    def _started(self, code: CodeType, offset: int) -> Any:
        if self._users(code):
            if id(code) not in self._heard:
                self._heard[id(code)] = code
                self._listen(code)
            if _is_one_line(code):
                # From Python 3.13 on its line would be switched off with it.
                return None
        # By whom this is called is the function that starts.
        elif self._extensions(code) and (lines := proxy_lines(code, sys._getframe(1).f_globals)):
            self._partly[id(code)] = code, lines
            watching.set_local_events(self._tool, code, watching.events.LINE)
        return watching.DISABLE

    def _line(self, code: CodeType, line: int) -> Any:
        partly = self._partly.get(id(code))
        if partly is not None and line not in partly[1]:
            return watching.DISABLE
        role = acting()
        if role is not None:
            role.turns.point(role.who, code, line, "line" if partly is None else "proxy")
        return None

    def _listen(self, code: CodeType) -> None:
        events = watching.events
        wanted = events.LINE | (0 if code.co_flags & GENERATING else events.PY_RETURN)
        if self._fine:
            wanted |= events.INSTRUCTION
        watching.set_local_events(self._tool, code, wanted)


def _is_one_line(code: CodeType) -> bool:
    return {line for _, _, line in code.co_lines()} <= {None, code.co_firstlineno}


def _free_tool() -> int:
    for tool in _TOOLS:
        if watching.get_tool(tool) is None:
            return tool
    raise IsolationError(
        "other tools listen to sys.monitoring under every number that is free for them"
    )


def _returned(code: CodeType, offset: int, _: object) -> None:
    role = acting()
    if role is not None:
        role.turns.point(role.who, code, line_of(code, offset), "return")


def _instruction(code: CodeType, offset: int) -> Any:
    if offset not in sharing(code):
        return watching.DISABLE
    role = acting()
    if role is not None:
        role.turns.point(role.who, code, line_of(code, offset), "inside")
    return None
