"""A pytest plugin that makes the detector naive in one way, to see which right apps it would accuse.

``MUTANT`` in the environment names the way. Each mutant stands for a detector that somebody
might well write; a right app that none of them accuses proves nothing.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

from pytest_flaskctx import (
    assemble,
    drain,
    engine,
    flasknames,
    parent,
    plugin,
    probes,
    pushes,
    reading,
    retained,
    running,
)
from pytest_flaskctx import contexts as contexts_module
from pytest_flaskctx.pushes import popped_request
from pytest_flaskctx.records import RECORD, ContextRecord, Loan, record_of
from pytest_flaskctx.facts import Access, Incident
from pytest_flaskctx.findings import Status
from pytest_flaskctx.flasknames import opened_for, operation
from pytest_flaskctx.holders import Holder, Holders
from pytest_flaskctx.probes import (
    Probe,
    bodies,
    bound,
    contexts,
    handed,
    leaving,
    outliving,
    payload,
    proxies,
    saved,
    sharing,
    threads,
)
from pytest_flaskctx.reading import reader
from pytest_flaskctx.board import board
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.rules import carried, eager, exempt, judging, unbound
from pytest_flaskctx.stacks import walk
from pytest_flaskctx.running import at_once
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.workloads import Workload
from pytest_flaskctx.threadstate import ThreadState, here
from pytest_flaskctx.trial import Trial
from pytest_flaskctx.waiting import Watch

BOUND = 0.2
"""For how long a drain waits that waits for anything, in seconds."""

Counts = Callable[[ContextRecord], bool]
"""Whether an access of a context counts as a leak."""


def _count_bound(counts: Counts) -> None:
    """Let accesses of contexts that are bound count, wherever ``counts`` says so."""

    def see(name: str, context: Any) -> None:
        record, recorder = record_of(context), board.responsible()
        if record is not None and recorder is not None and counts(record):
            asked, frame = operation(sys._getframe(4))
            recorder.see(name, asked, frame, context=reader(context, record))

    # No access takes the fast way, on which a thread's own context is not looked at.
    proxies._GETTER = proxies._GETTER.replace("is mine.state.{slot}", "is None")
    proxies._see_elsewhere = see
    # Of accesses that found a context, no others are recorded now.
    unbound.by_luck = lambda access: True


def _elsewhere() -> bool:
    return here().token != board.test_thread


def thread_id() -> None:
    """Flag every access in another thread than the test's."""
    _count_bound(lambda record: _elsewhere())


def own_contexts() -> None:
    """Overlook that a thread other than the test's pushed the context itself."""
    _count_bound(lambda record: _elsewhere() and record.owner is here())


def served_elsewhere() -> None:
    """Flag requests that another thread than the test's serves itself."""
    _count_bound(lambda record: _elsewhere() and _own(record) and record.request is not None)


def carried_contexts() -> None:
    """Flag every context that another thread pushed, though that one waits."""
    _count_bound(lambda record: not _own(record))


def copied_contexts() -> None:
    """Flag a request's context wherever another thread than the test's works on it."""
    _count_bound(lambda record: _elsewhere() and _for_its_request(record))


def lent_contexts() -> None:
    """Flag every context that this thread did not push, whoever waits, and whatever is kept."""
    carried.broken = lambda access: carried.BORROWED_CONTEXT if access.context else None


def late_contexts() -> None:
    """Flag every use of a copied context when the request is over, whatever is read of it."""
    _count_bound(lambda record: record.copied and _over(record.request))


def _over(request: RequestRecord | None) -> bool:
    original = request.original if request is not None else None
    return original is not None and original.over


def first_reads() -> None:
    """Flag every body that is first read by anybody but its own view."""

    def see_body(environ: dict[str, Any], frame: Any) -> None:
        request = vars(opened_for(frame)).get(RECORD)
        served = record_of(here().request) if here().request is not None else None
        if request is not None and (served is None or served.copied):
            bodies._book("body", request, frame)

    RequestRecord.original = property(lambda request: None, lambda request, record: None)
    bodies.popped = lambda environ: True
    bodies._see_body = see_body


def _own(record: ContextRecord) -> bool:
    return record.owner is here()


def _for_its_request(record: ContextRecord) -> bool:
    task: Task | None = here().task
    return task is not None and task.request is not None and task.request is record.request


def streams() -> None:
    """Take a request for over when its context is popped first, whoever still holds it."""
    over: list[RequestRecord | None] = []

    def pop(context: Any) -> None:
        popped_request(context)
        record = record_of(context)
        if record is not None:
            over.append(record.request)

    contexts.popped_request = pop
    _count_bound(lambda record: any(record.request is each for each in over if each))


def test_threads() -> None:
    """Take for the test's thread only the one that pytest runs in."""
    Recorder._is_test_thread = lambda recorder, raw: not _elsewhere()


def truth_tests() -> None:
    """Flag each truth test that finds nothing behind a proxy, or something empty."""
    judge = judging.judge

    def see_unbound(name: str) -> Sighting | None:
        asked, frame = operation(sys._getframe(4))
        recorder = board.responsible()
        return recorder.see(name, asked, frame) if recorder is not None else None

    def judge_truth(access: Access, *rest: Any) -> judging.Judgement | None:
        if access.operation == "__bool__":
            return judging.Judgement(unbound.UNBOUND_ACCESS)
        return None if access.context else judge(access, *rest)

    _count_bound(lambda record: True)
    proxies._see_unbound = see_unbound
    judging.judge = judge_truth


def looks() -> None:
    """Flag what only looks at a proxy: ``repr``, ``isinstance``, ``dir``."""
    exempt._LOOKED_AT = frozenset()


def prompts() -> None:
    """Flag what is evaluated at a debugger's prompt, as if the user's own line did."""
    judge = judging.judge

    def judge_prompt(access: Access, *rest: Any) -> judging.Judgement | None:
        if exempt._in_debugger(access.stack):
            return judging.Judgement(unbound.UNBOUND_ACCESS)
        return judge(access, *rest)

    judging.judge = judge_prompt


def expectations() -> None:
    """Fail a test that received the error and expected it."""

    def status(sighting: Sighting, verdict: judging.Judgement) -> Status:
        return "library" if verdict.library else "new"

    assemble._status = status


def libraries() -> None:
    """Charge the user with what libraries read on their own account."""
    judging.librarys_own = lambda *access: False


def flasks_own() -> None:
    """Charge the user with what Flask reads on its own account."""
    exempt._flasks_own = lambda access: False


class Checks(Probe):
    """``has_request_context()`` and ``has_app_context()``, taken for accesses."""

    name = "checks"
    modules = ("flask.ctx",)

    def attach(self, module: ModuleType) -> None:
        """Wrap the two functions, before ``flask`` itself takes over their names."""
        self._wrap(module, "has_request_context", "request")
        self._wrap(module, "has_app_context", "current_app")

    def _wrap(self, module: ModuleType, function: str, proxy: str) -> None:
        original = getattr(module, function)

        def check() -> bool:
            recorder = board.responsible()
            if not original() and recorder is not None and _elsewhere():
                recorder.see(proxy, "get", sys._getframe(1))
            return bool(original())

        self.patches.replace(module, function, check)


def checks() -> None:
    """Take ``has_request_context()`` for an access."""
    probes.ALL = (*probes.ALL, Checks)


def waits() -> None:
    """Wait for everything, requests or not, until it is over or the time is."""
    run = drain.Drain.run

    def handed_over(recorder: Workload, task: Task) -> None:
        recorder.handovers += task.carries_work
        if task.carries_work:
            recorder.live[task.number] = task

    def run_to_the_bound(
        each: drain.Drain, recorder: Recorder, timeout: float | None = None, *, after: int = 0
    ) -> None:
        run(each, recorder, BOUND, after=after)

    Workload.handed_over = handed_over
    Watch.stuck = lambda *tasks, known: False
    drain.Drain._outlasted = lambda *task: False
    drain.Drain.run = run_to_the_bound
    engine._still = lambda task, raw: True
    assemble.unfinished.UNFINISHED_WORK = _failing(assemble.unfinished.UNFINISHED_WORK)


def _failing(rule: Any) -> Any:
    return rule._replace(level="fail")


def hand_overs() -> None:
    """Flag every hand-over under a request, whatever is handed over."""
    book = Workload.handed_over

    def handed_over(recorder: Recorder, task: Task) -> None:
        book(recorder, task)
        if task.carries_work and task.request is not None:
            recorder.book(task.number, Sighting(partial(_as_access, recorder, task)))

    Recorder.handed_over = handed_over


def proxies_in_scope() -> None:
    """Flag a proxy wherever a function could reach it, whatever goes along with it."""
    look = payload._Walk.look

    def look_at_any(walk: payload._Walk, thing: Any, *way: Any) -> None:
        if flasknames.is_proxy(thing):
            payload._proxies.setdefault(id(thing), ("proxy", thing))
        look(walk, thing, *way)

    def defaults(function: FunctionType, *_called: Any) -> list[tuple[str, object]]:
        return [("it", each) for each in function.__defaults__ or ()]

    payload._Walk.look = look_at_any
    payload._defaults = defaults
    handed._carries = lambda *piece: False
    handed._is_given = lambda *piece: True


def any_object() -> None:
    """Take the application for an object that ends with its request."""

    def with_app(context: Any, _app_context: Any) -> tuple[object, object, object]:
        return context.request, None, context.app

    payload.real_objects = with_app


class SessionWrites(Probe):
    """Changes of sessions, whenever they come."""

    name = "session writes"
    modules = ("werkzeug.datastructures.structures",)

    def attach(self, module: ModuleType) -> None:
        """Let each session tell of its changes."""
        original = module.CallbackDict.__init__

        def init(content: Any, initial: Any = None, on_update: Any = None) -> None:
            def changed(content: Any) -> None:
                on_update(content)
                recorder = board.responsible()
                if recorder is not None:
                    raw, words = walk(sys._getframe(1)), ("request", "changed", "?")
                    recorder.note("lost-session-write", raw, proxy="session", words=words)

            # Headers are such dictionaries, too.
            session = hasattr(type(content), "permanent")
            original(content, initial, changed if session else on_update)

        self.patches.replace(module.CallbackDict, "__init__", init)


def session_writes() -> None:
    """Flag every change of a session, also before it is saved, or where it is saved again."""
    probes.ALL = (*probes.ALL, SessionWrites)


def bodies_as_apps() -> None:
    """Charge the app with what the test's body does to a session that was saved."""
    saved.calls_the_app = lambda frame: True
    ContextRecord.kept = property(lambda record: False, lambda record, kept: None)


def _as_access(recorder: Recorder, task: Task) -> Access:
    return Access(
        proxy="request",
        operation="get",
        extension=False,
        # As if the user's own line had used it, whatever library stood between.
        stack=tuple(each for each in recorder.hub.render(task.raw) if each.kind == "user"),
        thread=task.thread,
        process=os.getpid(),
        origin=recorder.hub.origin(task),
        started=None,
        context=None,
        test=recorder.subject.name,
        test_thread=False,
    )


def eager_tasks() -> None:
    """Flag whatever a task reads that runs at once, of its own contexts too, and unasked."""

    def outside(_context: object) -> bool:
        task: Task | None = here().task
        call = at_once.get()
        return call is not None and call.runs()

    proxies._GETTER = proxies._GETTER.replace("is mine.state.{slot}", "is None")
    bound.outside = reading.outside = outside
    eager.broken = lambda access: eager.EAGER_TASK_ACCESS


def bodies_over() -> None:
    """Flag what is pushed when a test's body is over, for however long and by whomever."""
    check = Recorder.check

    def check_at_once(recorder: Recorder, _moment: str, look: Callable[[], object]) -> None:
        check(recorder, "drained", look)

    contexts_module.own_context = pushes.own_context = _pushed_last
    leaving.way_of_pushing = lambda frame: "push"
    leaving.standing = _pushed_anywhere
    plugin.outlives_test = leaving._of_lasting = lambda *_: False
    Recorder.check = check_at_once


def _pushed_last(variables: list[ContextVar[Any]], thread: ThreadState) -> Any:
    of_request = variables is contexts_module.request_variables
    return thread.request if of_request else thread.app


def _pushed_anywhere(thread: ThreadState) -> list[Any]:
    return [filter(None, [each]) for each in (thread.request, thread.app)]


def workers_have() -> None:
    """Flag what a thread has when its task is over, whoever pushed it and wherever it is bound."""
    ended = Task.ended

    def ended_with_nothing(task: Task) -> None:
        thread = here()
        if (thread.app or thread.request) and _elsewhere():
            task.recorder.note("left-worker-context", task.raw, task=task, words=("app", "push"))
        ended(task)

    Task.ended = ended_with_nothing
    leaving.standing = _pushed_anywhere


def handed_twice() -> None:
    """Flag a context that several tasks push, whatever keeps them apart."""

    def popped_early(context: Any, loan: Loan, *guarded: object) -> None:
        sharing._note("lent-context", context, loan.task, loan.task)

    Task.known_over = lambda *tasks: False
    sharing._popped_early = popped_early
    assemble.source.serialised = lambda frame: False


def waits_unseen() -> None:
    """Flag what carries a context, whosever that is and whoever waits for the task."""
    outliving._fate = lambda departure: "outlives"
    outliving._is_of = lambda carried, request: True


def child_contexts() -> None:
    """Flag every use of a context in a forked process, be it its own or lent by who waits for it."""

    def see(name: str, context: Any) -> None:
        record = record_of(context)
        if record is not None and board.child is not None:
            asked, frame = operation(sys._getframe(4))
            board.child.see(name, asked, frame, context=reader(context, record))

    # As above, no access takes the fast way.
    proxies._GETTER = proxies._GETTER.replace("is mine.state.{slot}", "is None")
    proxies._see_elsewhere = see
    parent.Book._context = lambda book, read, root: parent._Found(
        read._replace(own=False, same_request=True), True, None, None, root
    )


def outer_contexts() -> None:
    """Flag a request under any context that its thread holds, one of a view or another app too."""
    push = contexts.pushed_request

    def pushed_request(context: Any, recorder: Workload) -> bool:
        thread = here()
        if isinstance(recorder, Recorder) and (thread.app or thread.request):
            recorder.note("outer-context", walk(sys._getframe(2)), words=("app", "shared"))
        return push(context, recorder)

    contexts.pushed_request = pushed_request


def _held(path: str) -> Holder:
    return Holder("", (), path, path, "")


def alive_requests() -> None:
    """Flag every request that is still there when its test is over, whoever holds it."""
    # When a cycle is collected is Python's choice.
    gc.disable()
    retained.standing = lambda thread: []
    retained.held_by_frames = lambda requests, index: False
    Holders.find = lambda each, requests: ((index, _held("?")) for index in range(len(requests)))
    # What only awaits garbage collection is gone when all tests are over.
    engine.Engine._left_requests = lambda each, trial: each.over(trial.recorder)


def growing_state() -> None:
    """Flag the names of modules that hold more after a test than before, of whatever it is."""
    begin, end = engine.Engine.begin, engine.Engine.end
    sizes: dict[str, int] = {}

    def begin_and_count(each: engine.Engine, *args: Any) -> Trial:
        sizes.update(_sizes())
        return begin(each, *args)

    def end_and_compare(each: engine.Engine, trial: Trial) -> None:
        recorder = trial.recorder
        for name, size in _sizes().items():
            if size > sizes.get(name, 0):
                recorder.noticed(name, partial(_incident, recorder, name))
        end(each, trial)

    engine.Engine.begin, engine.Engine.end = begin_and_count, end_and_compare


def _sizes() -> dict[str, int]:
    """Return how much each container of the right apps holds."""
    folder = os.path.dirname(os.path.abspath(__file__))
    found = {}
    for module in list(sys.modules.values()):
        if (getattr(module, "__file__", None) or "").startswith(os.path.join(folder, "right")):
            for name, value in vars(module).items():
                size = _size(value)
                if size is not None:
                    found[f"{module.__name__}.{name}"] = size
    return found


def _size(value: Any) -> int | None:
    # By type: a proxy would be looked through.
    if type(value).__name__ == "_lru_cache_wrapper":
        return int(value.cache_info().currsize)
    return len(value) if type(value) in (dict, list, set) else None


def _incident(recorder: Recorder, name: str) -> Incident:
    return Incident(
        "retained-request",
        "",
        (),
        "",
        os.getpid(),
        None,
        None,
        (name, "", name),
        recorder.subject.name,
    )


MUTANTS = {
    "thread-id": thread_id,
    "no-own-context": own_contexts,
    "worker-pushes": own_contexts,
    "celery-worker": own_contexts,
    "client-in-thread": served_elsewhere,
    "live-server": served_elsewhere,
    "test-thread": test_threads,
    "async-views": carried_contexts,
    "streaming": streams,
    "copied-context": copied_contexts,
    "any-bound": lent_contexts,
    "late-context": late_contexts,
    "first-read": first_reads,
    "truth-as-fail": truth_tests,
    "deliberate-check": checks,
    "repr-counts": looks,
    "debugger": prompts,
    "expected-ignored": expectations,
    "library-as-user": libraries,
    "flask-own-reads": flasks_own,
    "any-task-waits": waits,
    "handed-twice": handed_twice,
    "waits-unseen": waits_unseen,
    "outer-context": outer_contexts,
    "still-there": alive_requests,
    "state-grows": growing_state,
    "value-passed": hand_overs,
    "proxy-in-scope": proxies_in_scope,
    "any-object": any_object,
    "session-writes": session_writes,
    "body-as-app": bodies_as_apps,
    "eager-task": eager_tasks,
    "body-over": bodies_over,
    "worker-has": workers_have,
    "child-contexts": child_contexts,
}

MUTANTS[os.environ["MUTANT"]]()
