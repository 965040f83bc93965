"""A session that was saved, and who changes it from then on: FCX205's facts.

What does not work: comparing the session with its copy when the test is over tells the key and
nothing else, and takes for lost what the test's body does on a preserved client
(``get_flashed_messages()`` pops a key there). Werkzeug's ``CallbackDict``, on which Flask's own
session and nearly all others stand, calls ``on_update`` in the thread that writes: what stands
there once the session is saved sees the line, the thread and the task. Comparing is left for what
it does not see: a list in the session that is appended to, and sessions that are plain
dictionaries. It is done when a task of the request ends, and at the request's last pop.

What a key holds is compared in memory, and is part of no fact.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context, request_of
from pytest_flaskctx.flasknames import calls_the_app, session_of, tears_down
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.records import RECORD, ContextRecord, record_of
from pytest_flaskctx.snapshots import Content, changed, taken
from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from typing import Protocol

    class Alive(Protocol):
        """A probe, as far as it may have been removed, or may fail."""

        live: bool

        def failed(self, error: BaseException) -> None:
            """Switch the probe off because of an error of our own."""


MAX_WRITES = 100
_LONGEST_KEY = 60
_HOOK = "on_update"
_NOTHING: dict[str, Any] = {}


class Write(NamedTuple):
    """One change of a session after it was saved.

    Attributes:
        raw: where it was; for one that was found by comparing, where its task was handed over.
        thread: name of the thread.
        task: the task that did it, where one is known.
        own: whether the request's own thread did it.
        told: whether the session told of it; else it was found by comparing.
        keys: what it changed.
    """

    raw: RawStack
    thread: str
    task: Task | None
    own: bool
    told: bool
    keys: tuple[Any, ...]

    @property
    def place(self) -> tuple[object, ...]:
        """What tells it from others, by identity: hashing a code object hashes all it holds."""
        frames = tuple((id(code), offset) for code, offset in self.raw)
        return frames, id(self.task), self.keys


class Saved:
    """One session from its save on; stands in the place of its ``on_update``.

    Args:
        probe: by which it was put there.
        session: the session.
        record: the context of the request that saved it.
        request: that request.
        recorder: where it is booked.
        original: what stood there before.

    Attributes:
        hooked: whether it is told of changes.
        inner: whether the session holds what can change without its being told.
        shared: whether another request uses the same object: nothing in that is lost.
    """

    # Defaults of the class cost a request nothing.
    hooked = True
    inner = False
    shared = False
    _content: Content = {}  # noqa: RUF012 - never written to, only replaced
    _last = _content
    _session: Any = None
    _writes: dict[object, Write] | None = None

    def __init__(
        self,
        probe: Alive,
        session: Any,
        record: ContextRecord,
        request: RequestRecord,
        recorder: Recorder,
        original: Callable[..., object] | None,
    ) -> None:
        self.probe = probe
        self.record = record
        self.request = request
        self._recorder = recorder
        self.original = original
        self._ident = id(session)
        # Most sessions are empty.
        if dict.__len__(session):
            self._content, self.inner = taken(session)
            self._last = self._content

    def __call__(self, session: Any, *args: Any, **kwargs: Any) -> None:
        """Do what stood here before, and note the change."""
        __tracebackhide__ = True
        if self.original is not None:
            self.original(session, *args, **kwargs)
        # A copy of the session takes this along.
        if self.probe.live and id(session) == self._ident:
            try:
                self._written(session, sys._getframe(1))
            except Exception as error:  # our failure must never be the user's
                self.probe.failed(error)

    def __reduce__(self) -> tuple[Callable[[Any], Any], tuple[Any]]:
        """Be what stood here before, in what is pickled or copied."""
        return copy.copy, (self.original,)

    def renew(self, session: Any) -> None:
        """Note that the session was saved once more: what was changed until now is not lost."""
        self._content, self.inner = taken(session)
        self._last = self._content
        self._writes = None

    def compare_at_ends(self, session: Any) -> None:
        """Compare when the request is popped for the last time, and when its tasks end."""
        self.record.watched = True
        self.record.at_end = _popped
        ends = [_End(self, session, task) for task in self._at_work()]
        for end in ends:
            end.task.saw(end)
        if ends:
            self._recorder.check("drained", partial(self._drained, ends))

    def ended(self, session: Any, task: Task) -> None:
        """Note what ``task`` changed without our being told."""
        # What the test's body changes on a preserved client could not be told apart.
        if self.probe.live and not self.record.kept:
            try:
                keys = self._touched(session)
                if keys:
                    self._book(session, Write(task.raw, task.runner, task, False, False, keys))
            except Exception as error:  # our failure must never be the user's
                self.probe.failed(error)

    def popped(self, session: Any, frame: FrameType) -> None:
        """Note what the request's own thread changed without our being told."""
        # While a task is at work it may have been that one, which is asked when it ends.
        if not self.probe.live or self._at_work():
            return
        try:
            keys = self._touched(session)
            if keys and calls_the_app(frame):
                self._book(session, Write(walk(frame), here().name, None, True, False, keys))
            else:
                self._accept(keys)
        except Exception as error:  # our failure must never be the user's
            self.probe.failed(error)

    def tell(self) -> None:
        """Let be noted what was changed and not changed back."""
        writes, session = self._writes, self._session
        self._writes = self._session = None
        if not writes or self.shared or not self.probe.live:
            return
        try:
            differing = changed(self._content, session)
            for write in writes.values():
                keys = [key for key in write.keys if key in differing]
                if keys:
                    self._note(write, keys, session)
        except Exception as error:  # our failure must never be the user's
            self.probe.failed(error)

    def _drained(self, ends: Iterable[_End]) -> None:
        # What changed when all were over was done by a task of theirs.
        for end in ends:
            end.settle()
        self.tell()

    def _written(self, session: Any, frame: FrameType) -> None:
        thread = here()
        task: Task | None = thread.task
        if self._used_by_another(session):
            self.shared = True
            return
        own = False
        if task is None or task.request is not self.request:
            own = self.record.owner is thread or board.among_tests(thread)
            # The start of a thread that serves whoever comes is no task of this request.
            if own or (task is not None and task.request is not None):
                task = None
        keys = self._touched(session)
        if own and not calls_the_app(frame):
            # The test's body did that.
            self._accept(keys)
        elif keys and not (own and self.record.kept and tears_down(frame)):
            # A preserved client runs the teardown functions once more, for the same request.
            self._book(session, Write(walk(frame), thread.name, task, own, True, keys))

    def _used_by_another(self, session: Any) -> bool:
        """Whether this thread serves another request with it; read the words of its own one."""
        context = here().request
        if context is None:
            context = bound_context()
        record = record_of(context) if context is not None else None
        if record is None:
            return False
        if record.request is self.request:
            request_of(context)
            return False
        return session_of(context) is session

    def _at_work(self) -> list[Task]:
        """Return the tasks of the request that are not over."""
        live = list(self._recorder.live.values())
        return [task for task in live if task.request is self.request and not task.over()]

    def _touched(self, session: Any) -> tuple[Any, ...]:
        """Return the keys that were changed since the last look."""
        keys = changed(self._last, session)
        if keys:
            self._last = taken(session)[0]
        return keys

    def _accept(self, keys: tuple[Any, ...]) -> None:
        """Take ``keys`` for saved as they are now, save for those that were lost before."""
        lost = {key for write in (self._writes or {}).values() for key in write.keys}
        keys = tuple(key for key in keys if key not in lost)
        rest = {key: value for key, value in self._content.items() if key not in keys}
        self._content = rest | {key: self._last[key] for key in keys if key in self._last}

    def _book(self, session: Any, write: Write) -> None:
        writes, recorder = self._writes, self._recorder
        if writes is None:
            writes = self._writes = {}
            self._session = session
            if not recorder.closed:
                recorder.check("drained", self.tell)
                recorder.check("over", self.tell)
        if len(writes) < MAX_WRITES:
            writes.setdefault(write.place, write)
        if recorder.closed:
            self.tell()

    def _note(self, write: Write, keys: list[Any], session: Any) -> None:
        hows = {self._how(write, key, session) for key in keys}
        task = write.task
        # A loop's thread, or one that a queue feeds, was started for nobody's request.
        if task is not None and task.request is None:
            task = None
        self._recorder.note(
            "lost-session-write",
            write.raw,
            proxy="session",
            task=task,
            request=self.request,
            thread=write.thread,
            words=(
                "request" if write.own else "task",
                hows.pop() if len(hows) == 1 else "changed",
                *map(_shown, keys),
            ),
        )

    def _how(self, write: Write, key: Any, session: Any) -> str:
        if not dict.__contains__(session, key):
            return "removed"
        # A hooked session tells of all that is written to it: this was not.
        if self.hooked and not write.told:
            return "changed in place"
        return "changed" if key in self._content else "set"


class _End:
    """The end of a task, at which the session is compared."""

    __slots__ = ("_saved", "_session", "task")

    def __init__(self, saved: Saved, session: Any, task: Task) -> None:
        self._saved = saved
        self._session = session
        self.task = task

    def settle(self) -> None:
        """Note what the task changed."""
        self._saved.ended(self._session, self.task)


def _popped(context: Any) -> None:
    session = session_of(context)
    known = saved_of(session)
    if known is not None:
        known.popped(session, sys._getframe(1))


def saved_of(session: Any) -> Saved | None:
    """Return what was put in a session when it was saved."""
    attributes = getattr(session, "__dict__", _NOTHING)
    found = attributes.get(_HOOK)
    if type(found) is not Saved:
        found = attributes.get(RECORD)
    return found if type(found) is Saved else None


def saved(probe: Alive, context: Any) -> None:
    """Note that the session of ``context`` was saved with a response.

    Args:
        probe: on whose behalf.
        context: the request context for which this thread made the response.
    """
    record = record_of(context)
    request = record.request if record is not None else None
    if record is None or request is None:
        return
    session, recorder = session_of(context), request.recorder
    if not isinstance(session, dict) or not isinstance(recorder, Recorder):
        return
    try:
        attributes = session.__dict__
    except AttributeError:
        return
    known = saved_of(session)
    if known is not None and known.probe.live:
        if known.request is request:
            known.renew(session)
        else:
            known.shared = True
        return
    # By its class: an instance may answer for any name with a key of that name. Werkzeug's has
    # nothing there; a class of the user's that has a method would lose it to us.
    if getattr(type(session), _HOOK, _NOTHING) is None:
        original = known.original if known is not None else attributes.get(_HOOK)
        now = attributes[_HOOK] = Saved(probe, session, record, request, recorder, original)
    else:
        now = attributes[RECORD] = Saved(probe, session, record, request, recorder, None)
        now.hooked = False
    if now.inner or not now.hooked:
        request_of(context)
        now.compare_at_ends(session)


def _shown(key: Any) -> str:
    text = repr(key) if type(key) in (str, int) else f"<{type(key).__name__}>"
    return text if len(text) <= _LONGEST_KEY else f"{text[: _LONGEST_KEY - 3]}..."
