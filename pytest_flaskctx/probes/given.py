"""What is given to an executor of the user's own, which may run it in any thread, or at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from pytest_flaskctx.threadstate import here

Run = Callable[[FrameType, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
"""Runs a function that was handed over by a frame, with its arguments."""


class Given:
    """A callable in the place of the one given; it notices when it runs before it is let go.

    Anywhere else it is the one given, nothing more: everything that may be asked of it, it passes
    on, and what is pickled is the one given.

    Args:
        function: the one given.
        frame: the frame that gave it.
        run: calls it where it runs at once.
    """

    __slots__ = ("_frame", "_run", "_thread", "function")

    def __init__(self, function: Callable[..., Any], frame: FrameType, run: Run) -> None:
        self.function = function
        self._frame: FrameType | None = frame
        self._run = run
        self._thread = here().token

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        frame = self._frame
        if frame is None or here().token != self._thread:
            return self.function(*args, **kwargs)
        return self._run(frame, self.function, args, kwargs)

    def let_go(self) -> None:
        """Note that the call to which it was given is over."""
        self._frame = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)

    def __eq__(self, other: object) -> bool:
        return bool(self.function == (other.function if type(other) is Given else other))

    def __hash__(self) -> int:
        return hash(self.function)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial, (self.function,)
