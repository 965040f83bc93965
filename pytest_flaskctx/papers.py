"""What goes along to a child process, and makes it one that tells its parent.

A forked child has our modules, probes and all, from the moment of its fork; a spawned one gets
them by reading the :class:`Papers` that are pickled with its process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx.board import board
from pytest_flaskctx.children import ChildRecorder
from pytest_flaskctx.errands import Errand, Told
from pytest_flaskctx.stacks import stop_at
from pytest_flaskctx.system import System
from pytest_flaskctx.threadstate import ThreadState, here, mine

if TYPE_CHECKING:
    Arrive = Callable[[tuple[tuple[str, str], ...], bool], object]
    """Installs the probes, those of the named proxies too, in a process that was spawned.

    And, where it is so asked, what lets threads inherit contexts.
    """

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Papers(NamedTuple):
    """What a child needs to know of where it comes from.

    Attributes:
        folder: where it is to write.
        arrive: what installs the probes, should it be spawned.
        proxies: further proxies to watch, as module and name.
        told: its task.
        inherits: whether its threads are to start with a copy of their starter's context.
    """

    folder: str
    arrive: Arrive
    proxies: tuple[tuple[str, str], ...]
    told: Told
    inherits: bool = False

    def __reduce__(self) -> Any:
        """Be pickled for a process that is spawned: whoever reads it is a child from then on."""
        return (_arrived, tuple(self)) if _importable() else (tuple, ())

    def enter(self) -> None:
        """Be the child that these are the papers of."""
        recorder = _entered(self.folder)
        if recorder.started is None:
            recorder.started = here().started = here().task = Errand(self.told, recorder)

    def leave(self) -> None:
        """Tell what became of the errors of this process."""
        if isinstance(board.child, ChildRecorder) and board.child.started is not None:
            board.child.started.ended()


def _arrived(
    folder: str,
    arrive: Arrive,
    proxies: tuple[tuple[str, str], ...],
    told: Told,
    inherits: bool,
) -> Papers:
    papers = Papers(folder, arrive, proxies, told, inherits)
    try:
        arrive(proxies, inherits)
        papers.enter()
    except Exception:  # a child that cannot be watched must not break
        board.child = None
    return papers


class ProcessRun:
    """A callable in the place of one that goes to another process: it knows the task.

    It is pickled as its parts, the function as it would be without us. Where the other process is
    not watched, or could not import us, the function alone arrives.

    Args:
        told: the task.
        function: what was handed over.
    """

    def __init__(self, told: Told, function: Callable[..., Any]) -> None:
        self._told = told
        self._function = function

    def __reduce__(self) -> Any:
        if not _importable():
            return itemgetter(0), ((self._function,),)
        # Each class in it would be looked up by its name, once here and once there.
        return _arrived_at, (tuple(self._told), self._function)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        recorder, thread = board.child, here()
        if not isinstance(recorder, ChildRecorder):
            return self._function(*args, **kwargs)
        before = thread.task
        thread.task = task = Errand(self._told, recorder)
        try:
            return self._function(*args, **kwargs)
        except BaseException as error:
            recorder.raised(error)
            raise
        finally:
            thread.task = before
            task.ended()


def _arrived_at(told: tuple[Any, ...], function: Callable[..., Any]) -> Callable[..., Any]:
    return ProcessRun(Told(*told), function) if board.child is not None else function


# What lies further out is the pool's own, or the parent's as it was when it forked.
stop_at(ProcessRun.__call__.__code__)


def _importable() -> bool:
    """Whether a process that is spawned now finds this package: one that cannot must not break."""
    spawn: Any = sys.modules.get("multiprocessing.spawn")
    python = spawn.get_executable() if spawn is not None else sys.executable
    ours = {sys.executable, getattr(sys, "_base_executable", "")}
    return python is not None and os.fsdecode(python) in ours and _HOME in sys.path


def _entered(folder: str) -> ChildRecorder:
    """Be a child process that writes to ``folder``, from now on; return what does."""
    recorder = board.child
    if not isinstance(recorder, ChildRecorder) or recorder.process != System.getpid():
        # Of what the forking thread had pushed nothing is this process's own.
        mine.state = ThreadState()
        recorder = board.child = board.current = ChildRecorder(folder, mine.state.token)
    return recorder
