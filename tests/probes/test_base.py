"""A probe never changes the program: if our own code fails, the probe goes off and says so."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import flask.ctx
import pytest

from pytest_flaskctx.probes import Probe, Switchboard

PROGRAM = """
import sys, warnings
warnings.simplefilter("error")
sys.path.insert(0, {tests!r})
import pytest_flaskctx.{module} as module

def broken(*args, **kwargs):
    raise ZeroDivisionError("ours")

module.{name} = broken
sys.modules["shop_extension"] = __import__("types").ModuleType("shop_extension")
from werkzeug.local import LocalProxy
visitor = sys.modules["shop_extension"].visitor = LocalProxy(lambda: None)

from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
import threading, time
import flask
from watching import Settings, run_thread, serve, watched, ROOT

def work(*args):
    answers = [bool(visitor)]
    for use in (lambda: flask.request.path, lambda: flask.after_this_request(lambda response: response)):
        try:
            use()
        except RuntimeError as error:
            answers.append(str(error).split(".")[0])
    return answers

def view():
    answers = []
    run_thread(lambda: answers.append(work()))
    with ThreadPoolExecutor(1) as pool:
        answers += [pool.submit(work).result(), *pool.map(work, [1])]
    with ThreadPool(1) as threads:
        answers += [threads.apply(work), *threads.map(work, [1]), *threads.imap(work, [1])]
    future = Future()
    future.add_done_callback(lambda future: answers.append(work()))
    future.set_result(1)
    time.sleep(0.001)
    run_thread(lambda: time.sleep(0.001))
    return len(answers), set(map(str, answers)), flask.request.path

print(serve(view))
with watched(proxies=(("shop_extension", "visitor"),), drain="fast") as watch:
    print(serve(view))
    watch.engine.look()
    watch.drain(1)
    print(sorted(watch.engine.disabled.items()))
print(serve(view))
"""
MERGED = "RequestContext" not in vars(flask.ctx)
PUSHED, POPPED = ("pushed_merged", "popped_merged") if MERGED else ("pushed_request", "popped_app")
INNER = {
    ("probes.threads", "_handed"): "threads",
    ("probes.threads", "hand_over"): "threads",
    ("probes.executors", "hand_over"): "executors",
    ("probes.executors", "CalledOff"): "executors",
    ("probes.threadpools", "hand_over"): "threadpools",
    ("probes.callbacks", "hand_over"): "callbacks",
    ("probes.contexts", PUSHED): "contexts",
    ("probes.contexts", POPPED): "contexts",
    ("probes.contexts", "context_classes"): "contexts",
    ("probes.proxies", "_see_unbound"): "proxies",
    ("probes.proxies", "proxies"): "proxies",
    ("probes.functions", "function_name"): "functions",
    ("probes.extensions", "operation"): "extensions",
    ("probes.extensions", "is_proxy"): "extensions",
    ("probes.sleeps", "isinstance"): "sleeps",
}


@pytest.mark.parametrize(("place", "probe"), INNER.items(), ids=lambda value: str(value))
def test_a_failure_of_ours_is_never_the_users(place: tuple[str, str], probe: str) -> None:
    """Whatever breaks inside a probe, the program does the same, and the probe is named."""
    module, name = place
    tests = str(Path(__file__).parent.parent)
    program = PROGRAM.format(tests=tests, module=module, name=name)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert not done.stderr
    before, during, disabled, after = done.stdout.splitlines()
    assert before == during == after
    off = rf"\[\('{probe}', 'ZeroDivisionError in pytest_flaskctx\.[\w.]+, line \d+'\)\]"
    assert re.fullmatch(off, disabled)


class Stub(Probe):
    """A probe that does what it is told to."""

    name = "stub"
    modules = ("shop_stub",)
    fail: ClassVar[str] = ""
    calls: ClassVar[list[str]] = []

    def _do(self, what: str) -> None:
        self.calls.append(what)
        if what == self.fail:
            raise KeyError(what)

    def install(self) -> None:
        self.patches.add(lambda: self._do("undo"))
        self._do("install")

    def attach(self, module: ModuleType) -> None:
        self._do("attach")

    def refresh(self) -> None:
        self._do("refresh")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Switchboard]:
    """Make a board whose only probe fails at one thing."""

    def make(fail: str) -> Switchboard:
        monkeypatch.setattr(Stub, "fail", fail)
        monkeypatch.setattr(Stub, "calls", [])
        board = Switchboard()
        board.install([Stub])
        return board

    return make


def test_a_probe_that_cannot_be_installed_is_taken_back_whole(
    stub: Callable[[str], Switchboard],
) -> None:
    """What it had put in place is undone at once, and it is asked nothing more."""
    board = stub("install")
    board.attach("shop_stub", ModuleType("shop_stub"))
    board.refresh()
    assert Stub.calls == ["install", "undo"]
    assert board.disabled["stub"].startswith("KeyError in pytest_flaskctx.probes.base, line ")


@pytest.mark.parametrize("failing", ["attach", "refresh", "undo"])
def test_a_probe_that_fails_later_is_asked_no_more(
    stub: Callable[[str], Switchboard], failing: str
) -> None:
    """It is named once with its first reason, and what it put in place is undone in the end."""
    board = stub(failing)
    for _ in range(2):
        board.attach("shop_other", ModuleType("shop_other"))
        board.attach("shop_stub", ModuleType("shop_stub"))
        board.refresh()
    board.remove()
    expected = {"attach": 1, "refresh": 1, "undo": 1, failing: 1}
    if failing == "undo":
        expected |= {"attach": 2, "refresh": 2}
    if failing == "attach":
        del expected["refresh"]
    assert {name: Stub.calls.count(name) for name in expected} == expected
    assert Stub.calls[-1] == "undo"
    assert board.disabled["stub"].startswith("KeyError in pytest_flaskctx.")


def test_what_a_probe_wants_to_be_told_of_is_listed_once(
    stub: Callable[[str], Switchboard],
) -> None:
    """Two probes that ask for one module make it one to watch."""
    board = stub("")
    board.install([Stub])
    assert board.watched == ("shop_stub",)


def test_a_probe_without_needs_does_nothing() -> None:
    """Installing, attaching and refreshing are things a probe may leave out."""

    class Idle(Probe):
        name = "idle"

    board = Switchboard()
    board.install([Idle])
    (probe,) = board.probes
    probe.attach(ModuleType("shop"))
    board.refresh()
    board.remove()
    assert not probe.live
    assert not board.disabled


def test_guarded_passes_results_on(stub: Callable[[str], Switchboard]) -> None:
    """As long as nothing fails, a guard is not there."""
    (probe,) = stub("").probes
    assert probe.guarded(max)(1, 2) == 2
    assert probe.guarded(int)("x") is None
    assert not probe.live


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_a_program_that_runs_out_of_room_costs_one_fact(
    stub: Callable[[str], Switchboard], error: type[Exception]
) -> None:
    """It is not our code that failed: what comes later is seen."""
    board = stub("")
    (probe,) = board.probes

    def full() -> None:
        raise error

    assert probe.guarded(full)() is None
    assert probe.guarded(max)(1, 2) == 2
    assert probe.live
    assert not board.disabled


def test_a_probe_half_attached_is_off_whatever_was_the_reason(
    stub: Callable[[str], Switchboard], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an import deep down nothing tells how far it came."""

    def deep(_probe: Probe, _module: ModuleType) -> None:
        raise RecursionError("too deep")

    board = stub("")
    monkeypatch.setattr(Stub, "attach", deep)
    board.attach("shop_stub", ModuleType("shop_stub"))
    assert board.disabled["stub"].startswith("RecursionError in pytest_flaskctx.probes.base, line")
