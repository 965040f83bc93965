"""What a process knows of its children: which tasks went to them, and what they wrote.

What does not work: holding the time of an access against that of the last pop. Where a child was
forked under a context, it has that as it was at the fork, whatever becomes of it here: which of
both is first, the clock decides, and of it nothing depends. What counts is whether the context was
over when the task was handed over, and whether its owner waits for the task.
"""

from __future__ import annotations

import atexit
import itertools
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx import letters
from pytest_flaskctx.board import board
from pytest_flaskctx.children import ChildRecorder
from pytest_flaskctx.contexts import app_variables, bound_context, request_of, request_variables
from pytest_flaskctx.errands import Told, key_of
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.letters import Aftermath, Read, Seen
from pytest_flaskctx.papers import Papers, ProcessRun
from pytest_flaskctx.reading import waits
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.records import ContextRecord, record_of
from pytest_flaskctx.sightings import Sighting, mark, marked_by
from pytest_flaskctx.stacks import place
from pytest_flaskctx.system import System
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, ContextFact, Origin, RequestFact, Stack
    from pytest_flaskctx.letters import Chain, Words
    from pytest_flaskctx.papers import Arrive
    from pytest_flaskctx.stacks import Place

_KEPT = 1000
"""How many tasks are remembered before those that are over are forgotten."""


class Book:
    """What was handed to children, and which contexts they were forked with.

    Args:
        arrive: installs the probes in a process that was spawned.
        proxies: further proxies to watch there, as module and name.
        guarded: lets errors of our own be nobody's.

    Attributes:
        collect: books what the children wrote since the last time.
    """

    def __init__(
        self,
        arrive: Arrive,
        proxies: tuple[tuple[str, str], ...],
        guarded: Callable[[Callable[[], None]], Callable[[], object]],
    ) -> None:
        self._arrive = arrive
        self._proxies = proxies
        self.collect = guarded(self._collect)
        self._mailbox = letters.Mailbox()
        self._tasks: dict[int, Task] = {}
        self._room = _KEPT
        self._contexts: dict[int, _Inherited] = {}
        self._numbers = itertools.count(1)
        self._collecting = threading.Lock()
        # Should nobody stop the monitor.
        atexit.register(self._mailbox.remove)

    @property
    def folder(self) -> str:
        """Where the children of this process write."""
        child = board.child
        return child.folder if isinstance(child, ChildRecorder) else self._mailbox.folder

    def open(self) -> None:
        """See that children can write: what fails must fail before a task is waited for."""
        self.folder  # noqa: B018 - making it is all

    def run(self, task: Task, function: Callable[..., Any]) -> ProcessRun:
        """Return what goes to a child in the place of ``function``."""
        self._remember(task)
        return ProcessRun(Told.of(task), function)

    def papers(self, task: Task) -> Papers:
        """Remember a task that goes to a child, and return what that is to know."""
        self._remember(task)
        inherits = board.inherits and not board.native
        return Papers(self.folder, self._arrive, self._proxies, Told.of(task), inherits)

    def fork(self) -> None:
        """Give numbers to the contexts that a child may be about to inherit."""
        context = bound_context()
        request = request_of(context) if context is not None else None
        if request is not None:
            key_of(request)
        # Not what this thread pushed: in one that runs an async view that is nothing.
        for variable in (*request_variables, *app_variables):
            each = variable.get(None)
            record = record_of(each) if each is not None else None
            if record is not None and board.child is None:
                self._number(record)

    def _number(self, record: ContextRecord) -> None:
        # Its owner that runs an event loop waits for that, from before the fork on.
        looped = record.owner is not here() and waits(record.owner.ident)
        known = self._contexts.get(record.number)
        if known is None or known.looped != looped:
            number = next(self._numbers)
            self._contexts[number] = _Inherited(record, looped)
            record.number = number
            record.watched = True

    def begin(self, recorder: Recorder) -> None:
        """Note that ``recorder`` is the next test's, and not yet the one written to."""
        self.collect()
        self._watch(recorder)

    def clear(self) -> None:
        """Forget everything, and remove what the children wrote."""
        atexit.unregister(self._mailbox.remove)
        self._mailbox.remove()
        self._tasks.clear()
        self._contexts.clear()

    def _remember(self, task: Task) -> None:
        if board.child is not None:
            return
        if len(self._tasks) >= self._room:
            self.collect()
            self._tasks = {n: each for n, each in self._tasks.items() if not each.over()}
            self._room = max(_KEPT, 2 * len(self._tasks))
        self._tasks[task.number] = task
        if isinstance(task.recorder, Recorder):
            self._watch(task.recorder)

    def _watch(self, recorder: Recorder) -> None:
        if ("drained", self.collect) not in recorder.checks:
            recorder.check("drained", self.collect)
            recorder.check("over", partial(self._end, recorder))

    def _end(self, recorder: Recorder) -> None:
        self.collect()
        recorder.over_at = System.monotonic()
        # Nobody stops a monitor in a process that was forked for one test.
        if board.home != System.getpid():
            self.clear()

    def _collect(self) -> None:
        # A child judges nothing, nor does who comes while another thread is at it.
        if board.child is not None or not self._collecting.acquire(blocking=False):
            return
        try:
            for line in self._mailbox.lines():
                letter = letters.read(line)
                if isinstance(letter, Seen):
                    self._book(letter)
                elif isinstance(letter, Aftermath):
                    _note(letter)
        finally:
            self._collecting.release()

    def _book(self, seen: Seen) -> None:
        chain = seen.task or seen.started or ()
        root = self._root(chain)
        recorder = _recorder(seen, chain, root)
        context = self._context(seen.context, root) if seen.context else None
        if recorder is None or (seen.context and context is None):
            return
        # Whether one task is waited for says nothing of another that was handed over there.
        handed = chain if context or root is None else (*chain[:-1], place(root.raw))
        read = context and (context.over, seen.context)
        key = (seen.proxy, seen.operation, seen.stack, handed, read)
        # Later they may be forgotten.
        origins = (self._origin(seen.task, recorder), self._origin(seen.started, recorder))
        make = partial(_access, seen, context, origins, recorder)
        sighting = recorder.book(key, Sighting(make))
        mark(seen.mark, sighting)
        if recorder.chronicle is not None:
            task = root.number if root is not None else None
            recorder.chronicle.met_elsewhere(sighting, seen.process, seen.thread, seen.at, task)

    def _root(self, chain: Chain) -> Task | None:
        """Return the task of this process that stands behind all others of ``chain``."""
        number = chain[-1] if chain else None
        return self._tasks.get(number) if isinstance(number, int) else None

    def _context(self, read: Read, root: Task | None) -> _Found | None:
        """Return what is known of a context; ``None`` where it is too little to judge by.

        Whether somebody waits for what is lent within a child, or what became of a context of a
        child's in that one's own children, nobody tells.
        """
        known = self._contexts.get(read.number)
        foreign = read.of_request and read.same_request is False
        if read.same_request is None or not (foreign or (read.here and read.over) or known):
            return None
        over = read.over or (
            known is not None and root is not None and _was_over(known.record, root)
        )
        of = known.record.request if known is not None else None
        request = of.words if of is not None else read.request
        return _Found(read, over, request, known, root)

    def _origin(self, chain: Chain | None, recorder: Recorder) -> Callable[[], Origin | None]:
        """Return what makes an origin of ``chain``."""
        return partial(_origin, chain or (), self._root(chain or ()), recorder)


class _Inherited(NamedTuple):
    """A context that a child may have been forked with.

    Attributes:
        record: what is known of it.
        looped: whether its owner ran an event loop at the fork, which another thread made.
    """

    record: ContextRecord
    looped: bool


class _Found(NamedTuple):
    """What a child read, and what is known of it here.

    Attributes:
        read: the context as the child found it.
        over: whether it was over by then.
        request: method, rule and endpoint of its request.
        known: what is known of one that this process pushed.
        root: the task of this process that the child worked for.
    """

    read: Read
    over: bool
    request: Words | None
    known: _Inherited | None
    root: Task | None

    def fact(self) -> ContextFact:
        """Return it as a fact."""
        from pytest_flaskctx.facts import ContextFact

        of = self.known.record.request if self.known is not None else None
        return ContextFact(
            request=_request(self.request),
            owner=self.read.owner,
            own=self.read.own,
            over=self.over,
            same_request=bool(self.read.same_request),
            owner_waits=board.waits_unseen or self._waits(),
            of_request=self.read.of_request,
            same_app=self.read.same_app,
            beneath=self.read.beneath,
            brought=of is not None and self.root is not None and self.root.brought is of,
        )

    def _waits(self) -> bool:
        """Whether the owner waited for the task, or for anything since the fork."""
        known, root = self.known, self.root
        record = known.record if known is not None else None
        # By what no request stands behind no request waits.
        if root is not None and (root.request or root.kept or not record or not record.request):
            waited = root.awaited()
        else:
            waited = False
        if waited or record is None or (known is not None and known.looped):
            return waited
        return (record.owner.turns if record.turns is None else record.turns) > self.read.turns


def _recorder(seen: Seen, chain: Chain, root: Task | None) -> Recorder | None:
    """Return where an access belongs: to its task's test, or to the one that runs.

    A server that a fixture of wider scope started works for one test after the other.
    """
    if root is None or not isinstance(root.recorder, Recorder):
        return board.current
    serves = root.request is None or len(chain) > 1
    over_at = root.recorder.over_at
    return board.current if serves and over_at is not None and over_at <= seen.at else root.recorder


def _access(
    seen: Seen,
    context: _Found | None,
    origins: tuple[Callable[[], Origin | None], Callable[[], Origin | None]],
    recorder: Recorder,
) -> Access:
    from pytest_flaskctx.facts import Access

    origin, started = origins
    return Access(
        proxy=seen.proxy,
        operation=seen.operation,
        extension=seen.extension,
        stack=_stack(seen.stack, recorder.hub),
        thread=seen.thread,
        process=seen.process,
        origin=origin(),
        started=started(),
        context=context.fact() if context is not None else None,
        test=recorder.subject.name,
        test_thread=False,
    )


def _origin(chain: Chain, root: Task | None, recorder: Recorder) -> Origin | None:
    if not chain or isinstance(chain[0], int):
        return recorder.hub.origin(root) if root is not None else None
    from pytest_flaskctx.facts import Origin
    from pytest_flaskctx.places import mechanism

    handed = chain[0]
    stack = _stack(handed.stack, recorder.hub)
    return Origin(
        kind=mechanism(handed.kind, stack),
        stack=stack,
        thread=handed.thread,
        request=_request(handed.request),
        test=recorder.subject.name,
        inline=handed.inline,
        parent=_origin(chain[1:], root, recorder),
    )


def _note(after: Aftermath) -> None:
    sighting = marked_by(after.mark)
    if sighting is not None:
        sighting.escaped |= after.escaped
        sighting.paths.update(after.paths)


def _was_over(record: ContextRecord, root: Task) -> bool:
    """Whether a context was over when a task was handed over that does not work for it any more."""
    return not root.kept and 0 < record.ended < root.number


def _request(words: Words | None) -> RequestFact | None:
    from pytest_flaskctx.facts import RequestFact

    return RequestFact(*words) if words is not None else None


def _stack(places: tuple[Place, ...], hub: Hub) -> Stack:
    frames = map(hub.framed, places)
    return tuple(frame for frame in frames if frame.kind != "flaskctx")
