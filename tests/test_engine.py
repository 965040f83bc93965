"""The engine: monitors nest in any order, and everything is put back."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
from flask import request
from watching import PATIENCE, ROOT, Watched, run_thread, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.engine import Engine
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.settings import Settings
from pytest_flaskctx.stacks import walk
from pytest_flaskctx.trial import Trial
from pytest_flaskctx.workloads import Subject

# Without pytest around it, for that has the probes in place itself.
PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import itertools, threading, time
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
import flask, flask.ctx, flask.globals, flask.helpers, flask.app
import flask_login.utils
from watching import ROOT, application, run_thread, serve, watched
from pytest_flaskctx.contexts import request_variables
from pytest_flaskctx.engine import Engine, _running
from pytest_flaskctx.installation import installed
from pytest_flaskctx.board import board
from pytest_flaskctx.settings import Settings

NAMES = sorted({{"request", "session", "g", "current_app", "app_ctx", "request_ctx"}} & set(vars(flask.globals)))
CONTEXTS = [value for value in vars(flask.ctx).values() if "push" in getattr(value, "__dict__", {{}})]
OWNERS = (threading.Thread, threading.Timer, ThreadPoolExecutor, ThreadPool, Future, time,
          flask.ctx, flask.helpers, flask.app, *CONTEXTS)

def getters():
    proxies = [getattr(flask.globals, name) for name in NAMES] + [flask_login.utils.current_user]
    return [object.__getattribute__(each, "_get_current_object") for each in proxies]

def snapshot():
    return ([dict(vars(owner)) for owner in OWNERS], getters(), list(sys.meta_path),
            list(request_variables), list(installed), list(_running),
            board.current, board.test_thread)

def leak():
    try:
        flask.request.path
    except RuntimeError:
        pass

before = snapshot()
"""


def run(program: str) -> None:
    """Run a program after ``PROGRAM``; it says that it came to its end."""
    text = PROGRAM.format(tests=str(Path(__file__).parent)) + program + "\nprint('ended')"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("ended\n", "")


def test_everything_is_put_back() -> None:
    """After the block, and after an error in it, all is what it was."""
    run("""
with watched(drain="fast"):
    assert snapshot() != before
    serve(lambda: run_thread(leak))
assert snapshot() == before
try:
    with watched():
        serve(lambda: run_thread(leak))
        raise KeyError
except KeyError:
    pass
assert snapshot() == before
""")


def test_monitors_end_in_any_order() -> None:
    """Whichever of three ends first, the others go on seeing, and the last one puts all back."""
    run("""
ways = {"plain": {}, "fast": {"drain": "fast"}, "login": {"proxies": (("shop", "x"),)}}
for start in itertools.permutations(ways):
    for stop in itertools.permutations(range(3)):
        engines = [Engine(Settings(root=ROOT, **ways[way])) for way in start]
        for engine in engines:
            engine.start()
        running = list(engines)
        while running:
            seen = running[-1].idle.recorder.observed
            serve(lambda: run_thread(leak))
            assert running[-1].idle.recorder.observed == seen + 1, (start, stop)
            ending = engines[stop[3 - len(running)]]
            running.remove(ending)
            ending.stop()
        assert snapshot() == before
        engines[0].stop()
        assert snapshot() == before
""")


def test_somebody_elses_wrapper_stays() -> None:
    """What was wrapped on top of ours stays, works and calls ours, which only passes on."""
    run("""
def wrap(owner, name):
    ours = vars(owner)[name]
    def theirs(*args, **kwargs):
        calls.append(name)
        return ours(*args, **kwargs)
    setattr(owner, name, theirs)
    return theirs

calls = []
engine = Engine(Settings(root=ROOT))
engine.start()
wrapped = [(owner, name, wrap(owner, name)) for owner, name in (
    (threading.Thread, "start"), (threading.Thread, "_bootstrap_inner"),
    (ThreadPoolExecutor, "submit"), (ThreadPool, "apply_async"), (ThreadPool, "_map_async"),
    (ThreadPool, "imap"), (Future, "add_done_callback"),
    (flask.ctx.AppContext, "push"), (flask.ctx.AppContext, "pop"))]
engine.stop()
assert all(vars(owner)[name] is theirs for owner, name, theirs in wrapped)
booked = engine.idle.recorder.handovers

def view():
    with ThreadPoolExecutor(1) as pool, ThreadPool(1) as threads:
        future = pool.submit(int)
        future.add_done_callback(str)
        answers = [future.result(), threads.apply(int), *threads.map(abs, [-1]),
                   *threads.imap(abs, [-2])]
        run_thread(leak)
        return answers

assert serve(view) == "[0, 0, 1, 2]"
assert {name for _, name, _ in wrapped} == set(calls)
assert engine.idle.recorder.handovers == booked
assert engine.idle.recorder.observed == 0
with watched() as watch:
    serve(lambda: run_thread(leak))
assert [access.proxy for access in watch.accesses] == ["request"]
assert watch.recorder.handovers == 1
""")


def test_a_flask_imported_anew_is_watched_and_put_back() -> None:
    """pytester takes Flask out: the new proxies are watched beside the old ones."""
    run("""
with watched() as watch:
    old = flask
    for name in [name for name in sys.modules if name.partition(".")[0] == "flask"]:
        del sys.modules[name]
    import flask as new
    assert new.request is not old.request
    watch.engine.look()
    def leak_new():
        try:
            new.g.x
        except RuntimeError:
            pass
    app = new.Flask("new")
    app.testing = True
    app.add_url_rule("/", view_func=lambda: str(run_thread(leak_new)), endpoint="x")
    app.test_client().get("/")
    serve(lambda: run_thread(leak))
    assert [access.proxy for access in watch.accesses] == ["g", "request"]
    assert all(access.origin.request for access in watch.accesses)
assert snapshot() == before
assert "flaskctx" not in object.__getattribute__(new.g, "_get_current_object").__module__
""")


def leak() -> None:
    """Use the request, whatever comes of it."""
    # Neither `pytest.raises` nor `except RuntimeError`: those say that it is expected.
    try:
        str(request.path)
    except Exception:
        pass


def test_each_monitor_has_its_own_findings() -> None:
    """What runs in an inner one is not told by the outer one, which goes on afterwards."""
    with watched() as outer:
        with watched() as inner:
            serve(lambda: run_thread(leak))
        assert board.current is outer.recorder
        serve(lambda: run_thread(leak))
    assert len(inner.findings()) == len(outer.findings()) == 1
    assert outer.findings()[0].count == 1


def test_late_work_belongs_to_its_test() -> None:
    """A leak that comes after the judgement is told for its own test, once."""
    go, gone = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(PATIENCE)
        leak()
        gone.set()

    with watched() as watch:
        engine = watch.engine
        serve(lambda: threading.Thread(target=work).start())
        engine.end(watch.trial)
        assert board.current is engine.idle.recorder
        second = engine.begin(Subject("second"))
        go.set()
        assert gone.wait(PATIENCE)
        ((trial, (found,)),) = engine.late()
        assert trial is watch.trial
        assert (found.tests, found.phase) == (("test_it",), "late")
        assert engine.late() == []
        assert engine.news(second, "call") == []


def test_a_test_without_anything_is_forgotten() -> None:
    """Thousands of quiet tests leave nothing behind."""
    with watched() as watch:
        trials = len(watch.engine._trials)
        for number in range(5):
            watch.engine.end(watch.engine.begin(Subject(f"test_{number}")))
        assert len(watch.engine._trials) == trials


def test_news_are_told_once() -> None:
    """What was told is told again only if it is another site."""

    def other() -> None:
        with pytest.raises(RuntimeError):
            str(request.method)

    def serve_both() -> None:
        for function in (leak, other)[: len(told) + 1]:
            serve(lambda: run_thread(function))  # noqa: B023 - called at once

    told: list[str] = []
    with watched() as watch:
        for _ in range(3):
            told += [found.expression for found in watch.engine.news(watch.trial, "call")]
            serve_both()
    assert told == ["request.path", "request.method"]


def blocked(watch: Watched, go: threading.Event) -> threading.Thread:
    """Hand over work that waits for ``go``."""
    threads: list[threading.Thread] = []

    def view() -> None:
        threads.append(threading.Thread(target=go.wait, args=(PATIENCE,)))
        threads[0].start()

    serve(view)
    return threads[0]


def test_what_became_graver_is_told_again() -> None:
    """A warning that turned into an error is news, one that did not is not."""
    with watched() as test:
        note = partial(test.recorder.note, "left-context", walk(sys._getframe()))
        note(words=("app", "push"))
        (warning,) = test.engine.news(test.trial, "teardown")
        note(words=("app", "push"))
        assert test.engine.news(test.trial, "late") == []
        note(words=("app", "push", "test_next"), times=0)
        (error,) = test.engine.news(test.trial, "late")
    assert (warning.level, warning.count) == ("warning", 1)
    assert (error.level, error.count) == ("error", 2)


def test_what_a_test_left_open_is_looked_at_when_the_next_begins() -> None:
    """Each look is taken once, and its test is remembered for what it brings."""
    with watched() as test:
        looks: list[str] = []
        test.recorder.check("over", lambda: looks.append("over"))
        test.recorder.check("released", lambda: looks.append("released"))
        test.engine.end(test.trial)
        assert looks == ["over"]
        test.engine.begin(Subject("test_next"))
        assert looks == ["over", "released"]
        test.engine.release()
        assert looks == ["over", "released"]
        test.recorder.note("left-context", walk(sys._getframe()), words=("app", "push"))
        ((late, _findings),) = test.engine.late()
    assert late is test.trial


def test_unfinished_work_is_a_finding_while_it_stands_there() -> None:
    """What teardown released is none; what still stands where the drain left it is one."""
    go = threading.Event()
    with watched() as watch:
        thread = blocked(watch, go)
        watch.engine.wait(watch.trial, 0.01)
        watch.engine.wait(watch.trial, PATIENCE)
        (found,) = watch.engine.unfinished(watch.trial, "teardown")
        assert (found.code, found.level, found.proxy) == ("FCX901", "warning", "")
        assert found.request is not None
        assert found.handover is not None
        assert found.handover.site is not None
        assert found.handover.site.expression == "threads[0].start()"
        assert watch.engine.unfinished(watch.trial, "teardown") == []
    with watched() as watch:
        second = blocked(watch, go)
        go.set()
        second.join(PATIENCE)
        watch.engine.wait(watch.trial, 0.01)
        assert watch.engine.unfinished(watch.trial, "teardown") == []
    thread.join(PATIENCE)


def test_what_moved_since_is_no_finding() -> None:
    """A task that got on after the drain was released by teardown, and is about to end."""
    go = threading.Event()
    with watched() as watch:
        thread = blocked(watch, go)
        watch.engine.wait(watch.trial, 0.01)
        go.set()
        thread.join(PATIENCE)
        assert watch.recorder.unfinished
        assert watch.engine.unfinished(watch.trial, "teardown") == []


@pytest.mark.parametrize(
    ("rules", "level"),
    [((), "warning"), ((("FCX901", "fail"),), "error"), ((("FCX901", "off"),), "")],
)
def test_levels_are_the_suites(rules: tuple[tuple[str, str], ...], level: str) -> None:
    """A rule may be moved, or switched off."""
    go = threading.Event()
    with watched(rules=rules) as watch:
        thread = blocked(watch, go)
        watch.engine.wait(watch.trial, 0.01)
        found = watch.engine.unfinished(watch.trial, "teardown")
        assert [each.level for each in found] == ([level] if level else [])
        go.set()
        thread.join(PATIENCE)


def test_an_engine_that_never_started_has_nothing() -> None:
    """It looks at nothing, stops as it is, and no probe of it is off."""
    engine = Engine(Settings(root=ROOT))
    before = board.current
    engine.look()
    engine.stop()
    assert engine.disabled == {}
    assert board.current is before
    assert engine.late() == []
    assert engine.used == set()


@pytest.mark.parametrize("there", [None, ModuleType("flask")])
def test_a_suite_without_flask_is_no_error(
    monkeypatch: pytest.MonkeyPatch, there: ModuleType | None
) -> None:
    """Where Flask is not, or somebody's stand-in is, whose code a frame is can be told."""
    monkeypatch.setitem(sys.modules, "flask", there)
    engine = Engine(Settings(root=ROOT))
    innermost, *_ = engine.hub.render(walk(sys._getframe()))
    assert innermost.kind == "user"


def test_what_did_not_change_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later phase judges again only if something was seen since, or became of it."""
    judged: list[str] = []
    findings = Engine.findings

    def counted(engine: Engine, trial: Trial, phase: str) -> list[Finding]:
        judged.append(phase)
        return findings(engine, trial, phase)

    def leak() -> None:
        with pytest.raises(RuntimeError):
            request.path  # noqa: B018 - the use is the leak

    monkeypatch.setattr(Engine, "findings", counted)
    with watched() as watch:
        serve(lambda: run_thread(leak))
        first = watch.engine.news(watch.trial, "call")
        assert [finding.code for finding in first] == ["FCX101"]
        assert watch.engine.news(watch.trial, "teardown") == []
        assert judged == ["call"]
        watch.recorder.sightings[0].escaped = True
        assert watch.engine.news(watch.trial, "teardown") == []
        assert judged == ["call", "teardown"]
