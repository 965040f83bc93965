"""What runs in a child process: it writes what it sees to its parent, and judges nothing.

A child takes no lock of its parent's, which another thread may have held at the fork, and for the same reason imports nothing
here: the parent imports this module before it starts anything.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_flaskctx import letters
from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.errands import Told, chain_of, key_of, name_of, places_of
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.reading import Closed, Reading
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.records import ContextRecord, record_of
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.stacks import place, walk
from pytest_flaskctx.system import System
from pytest_flaskctx.tasks import STARTS, RequestRecord, Task
from pytest_flaskctx.threadstate import ThreadState, here
from pytest_flaskctx.workloads import Subject

if TYPE_CHECKING:
    from pytest_flaskctx.letters import Chain
    from pytest_flaskctx.recorder import ContextReader
    from pytest_flaskctx.stacks import RawStack

MAX_LINES = 10_000
"""How many accesses one child tells of at most."""

PAUSE = 0.001
"""How long after it was told a lasting access is told again, in seconds."""


class ChildRecorder(Recorder):
    """Writes each access of a task, once a place, to the child's own file.

    Args:
        folder: the parent's mailbox.
        first: token of the first thread of this process.

    Attributes:
        process: this process.
        started: the task as which it was started, where that is known.
    """

    def __init__(self, folder: str, first: int) -> None:
        super().__init__(Subject(), Hub(_nothing, _nothing))
        self.folder = folder
        self.process = System.getpid()
        self.started: Task | None = None
        self._first = first
        self._inherited = _bound()
        self._written: dict[object, Reported] = {}
        self._lines = 0

    def known(self, told: Told) -> RequestRecord:
        """Return the record of a request that another process tells of."""
        inherited = self._inherited
        if inherited is not None and key_of(inherited) == told.served:
            return inherited
        record = RequestRecord(self)
        record.key, record.words, record.app = told.served, told.words, told.app
        return record

    def see(
        self,
        proxy: str,
        operation: str,
        frame: FrameType,
        *,
        extension: bool = False,
        context: ContextReader | None = None,
    ) -> Sighting:
        """Write one access by this thread; equal ones of the same task are not repeated."""
        raw = walk(frame)
        task: Task | None = here().task
        read = context(task) if context is not None else None
        if isinstance(read, Closed):
            # What was closed with a request is the affair of the process that served it.
            return Sighting(_nothing)
        key = (proxy, operation, name_of(task), place(raw), read and read.key)
        now = System.monotonic()
        sighting = self._written.get(key)
        # What a thread or process does from its start on, it may do for one test after the other.
        lasting = task is None or task.kind in STARTS
        if sighting is None or (lasting and now - sighting.at >= PAUSE):
            if self._lines >= MAX_LINES:
                return Sighting(_nothing)
            self._lines += 1
            sighting = self._written[key] = Reported(self.folder, now)
            self._tell(sighting, proxy, operation, raw, extension, read)
        if task is not None:
            task.saw(sighting)
        return sighting

    def note(self, *args: Any, **kwargs: Any) -> None:
        """Let be: only accesses are told of."""

    def check(self, *args: Any) -> None:
        """Let be: nothing of a child's is drained."""

    def _tell(
        self,
        sighting: Reported,
        proxy: str,
        operation: str,
        raw: RawStack,
        extension: bool,
        read: Reading | None,
    ) -> None:
        thread = here()
        task: Task | None = thread.task
        origin = task if task is not None and task.carries_work else None
        seen = letters.Seen(
            mark=str(sighting.number),
            proxy=proxy,
            operation=operation,
            extension=extension,
            thread=_named(thread),
            process=System.getpid(),
            at=sighting.at,
            task=chain_of(origin) if origin else None,
            started=self._started(thread, origin, read),
            context=self._context(read, task) if read else None,
            stack=places_of(raw),
        )
        letters.write(self.folder, seen)

    def _started(
        self, thread: ThreadState, origin: Task | None, read: Reading | None
    ) -> Chain | None:
        """Return what started this thread or process, where that tells more than the task."""
        if origin is None:
            started = thread.task or thread.started
        elif read is None:
            return None
        elif not self._ours(read.record):
            started = self.started
        else:
            started = thread.started if board.inherits else None
        return chain_of(started) if started is not None and started is not origin else None

    def _context(self, read: Reading, task: Task | None) -> letters.Read:
        request, asking = read.record.request, task.request if task else None
        return letters.Read(
            number=read.record.number,
            here=self._ours(read.record),
            own=read.own,
            over=read.over,
            same_request=_same(request, asking),
            same_app=read.same_app,
            owner=read.owner,
            of_request=request is not None,
            request=request.words if request is not None else None,
            beneath=read.beneath,
            # Of an inherited one that is how it was at the fork, and stays so.
            turns=read.turns,
        )

    def _ours(self, record: ContextRecord) -> bool:
        """Whether it was this process that pushed a context."""
        return record.owner.token >= self._first


class Reported(Sighting):
    """An access that was written; what becomes of its errors is written when its task ends.

    Args:
        folder: where.
        at: when it was, by the monotonic clock.
    """

    __slots__ = ("_folder", "_told", "at")

    def __init__(self, folder: str, at: float) -> None:
        super().__init__(_nothing)
        self.at = at
        self.number = f"{System.getpid()}-{self.number}"
        self._folder = folder
        self._told = (False, 0)

    def settle(self) -> None:
        """Note how far the error came, let go of it, and tell that."""
        super().settle()
        state = self.escaped, len(self.paths)
        if state != self._told:
            self._told = state
            paths = tuple(self.paths)
            letters.write(self._folder, letters.Aftermath(str(self.number), self.escaped, paths))


def _nothing(*_: Any) -> NoReturn:
    raise LookupError("what a child process saw is known to its parent")


def _bound() -> RequestRecord | None:
    """Return the request whose context this process was forked with."""
    context = bound_context()
    record = record_of(context) if context is not None else None
    return record.request if record is not None else None


def _named(thread: ThreadState) -> str:
    """Return the name of a thread, with that of its process."""
    processes: Any = sys.modules.get("multiprocessing.process")
    return f"{thread.name} of {processes.current_process().name}" if processes else thread.name


def _same(request: RequestRecord | None, asking: RequestRecord | None) -> bool | None:
    """Whether both are one request; ``None`` where that is not known of one that was inherited."""
    if request is asking:
        return True
    if request is None or asking is None:
        return False
    known: str | None = getattr(request, "key", None)
    if known is None and request.recorder is not board.child:
        return None
    # One that this process made, nobody else asks for until it is told of it.
    return known is not None and known == getattr(asking, "key", None)
