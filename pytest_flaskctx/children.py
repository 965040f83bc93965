"""What runs in a child process: it writes what it sees to its parent, and judges nothing.

A forked child has our modules, probes and all, from the moment of its fork; a spawned one gets
them by reading the :class:`Papers` that are pickled with its process. A child takes no lock of its
parent's, which another thread may have held at the fork, and for the same reason imports nothing
here: the parent imports this module before it starts anything.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterable
from operator import itemgetter
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from pytest_flaskctx import letters
from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import ContextRecord, bound_context, record_of
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.reading import Closed, Reading
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.stacks import place, placed, stop_at, walk
from pytest_flaskctx.tasks import STARTS, RequestRecord, Subject, Task
from pytest_flaskctx.threadstate import ThreadState, here, mine

if TYPE_CHECKING:
    from pytest_flaskctx.facts import OriginKind
    from pytest_flaskctx.letters import Chain, Words
    from pytest_flaskctx.recorder import ContextReader
    from pytest_flaskctx.stacks import Place, RawStack

    Arrive = Callable[[tuple[tuple[str, str], ...]], object]
    """Installs the probes, those of the named proxies too, in a process that was spawned."""

MAX_LINES = 10_000
"""How many accesses one child tells of at most."""

PAUSE = 0.001
"""How long after it was told a lasting access is told again, in seconds."""

_requests = itertools.count(1)

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Told(NamedTuple):
    """What a child is told of a task of its parent's.

    Attributes:
        name: names it among all tasks of all processes.
        kind: the mechanism.
        chain: the task and those behind it, as the first process of all knows them.
        served: by which key the request behind it is known; empty where there is none.
        words: method, rule and endpoint of that request.
        app: ``id()`` of the application that serves it.
        carries_work: false for a pool's own worker.
    """

    name: str
    kind: OriginKind
    chain: Chain
    served: str
    words: Words | None
    app: int
    carries_work: bool

    @classmethod
    def of(cls, task: Task) -> Told:
        """Return what is told of a task of this process."""
        request = task.request
        return cls(
            name_of(task),
            task.kind,
            chain_of(task),
            key_of(request) if request else "",
            request.words if request else None,
            request.app if request else 0,
            task.carries_work,
        )


class Papers(NamedTuple):
    """What a child needs to know of where it comes from.

    Attributes:
        folder: where it is to write.
        arrive: what installs the probes, should it be spawned.
        proxies: further proxies to watch, as module and name.
        told: its task.
    """

    folder: str
    arrive: Arrive
    proxies: tuple[tuple[str, str], ...]
    told: Told

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
    folder: str, arrive: Arrive, proxies: tuple[tuple[str, str], ...], told: Told
) -> Papers:
    papers = Papers(folder, arrive, proxies, told)
    try:
        arrive(proxies)
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
    if not isinstance(recorder, ChildRecorder) or recorder.process != os.getpid():
        # Of what the forking thread had pushed nothing is this process's own.
        mine.state = ThreadState()
        recorder = board.child = board.current = ChildRecorder(folder, mine.state.token)
    return recorder


class Errand(Task):
    """In a child, the task of another process."""

    def __init__(self, told: Told, recorder: ChildRecorder) -> None:
        request = recorder.known(told) if told.served else None
        carries = told.carries_work
        super().__init__(told.kind, (), "", request, recorder, None, carries_work=carries)
        self.told = told


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
        self.process = os.getpid()
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
        now = time.monotonic()
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
            process=os.getpid(),
            at=sighting.at,
            task=chain_of(origin) if origin else None,
            started=self._started(thread, origin, read),
            context=self._context(read, task) if read else None,
            stack=_places(raw),
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
        self.number = f"{os.getpid()}-{self.number}"
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


def name_of(task: Task | None) -> str:
    """Return what names a task among all tasks of all processes; empty for none."""
    if task is None:
        return ""
    return task.told.name if isinstance(task, Errand) else f"{os.getpid()}.{task.number}"


def key_of(request: RequestRecord) -> str:
    """Return what names a request among all requests of all processes."""
    known: str | None = getattr(request, "key", None)
    if known is None:
        known = request.key = f"{os.getpid()}.{next(_requests)}"
    return known


def chain_of(task: Task) -> Chain:
    """Return a task and those behind it, as the first process of all knows them."""
    links: list[letters.Handed] = []
    link: Task | None = task
    while link is not None:
        if isinstance(link, Errand):
            return (*links, *link.told.chain)
        if board.child is None:
            return (link.number,)
        words = link.request.words if link.request else None
        links.append(letters.Handed(link.kind, _places(link.raw), link.thread, words, link.inline))
        link = link.parent
    return tuple(links)


def _places(raw: Iterable[Any]) -> tuple[Place, ...]:
    return tuple(placed(code, offset) for code, offset in raw)


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
