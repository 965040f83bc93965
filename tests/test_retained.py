"""FCX304: requests that are still held when their test is over."""

from __future__ import annotations

import contextvars
import gc
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest
from builders import frame
from flask import Flask, abort, request, request_started
from watching import ROOT, Watched, application, watched

import pytest_flaskctx
from pytest_flaskctx import holders, retained
from pytest_flaskctx.facts import Incident, RequestFact
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.referrers import held_by_frames
from pytest_flaskctx.rules.retained import RETAINED_REQUEST, judge

TEA = RequestFact("GET", "/order/<name>", "order")
kept: list[Any] = []


def keep() -> str:
    """Leave the request in a list of this module."""
    kept.append(request._get_current_object())  # type: ignore[attr-defined]
    return "ok"


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave nothing to other tests, and look for as long as it takes beside thousands of them.

    What is garbage is there until its test is over: when it is collected is the process's affair.
    """
    monkeypatch.setattr(holders, "PATIENCE", 60.0)
    monkeypatch.setattr(holders, "PATIENCE_OF_RUN", 60.0)
    gc.disable()
    yield
    gc.enable()
    kept.clear()


def over(watch: Watched) -> list[Finding]:
    """Return what the watched test comes to when it is over."""
    watch.engine.end(watch.trial)
    return watch.engine.findings(watch.trial, "teardown")


def send(view: Callable[[], object], **settings: Any) -> list[Finding]:
    """Return what a test comes to that sends one request."""
    with watched(**{"mode": "strict", **settings}) as watch:
        application(view).test_client().get("/order/tea")
        return over(watch)


def test_a_request_that_a_module_holds_is_found() -> None:
    """With the module's line, the way from there, and the request in its three words."""
    (finding,) = send(keep)
    assert (finding.code, finding.level, finding.status) == ("FCX304", "error", "new")
    assert finding.message == (f"`{__name__}.kept[0]` still holds the request after its test")
    assert finding.request == TEA
    assert finding.file == "test_retained.py"
    assert finding.line == next(
        number
        for number, line in enumerate((ROOT / "test_retained.py").read_text().splitlines(), 1)
        if line.startswith("kept:")
    )
    assert finding.expression == f"{__name__}.kept[...]"
    assert finding.tests == ("test_it",)
    assert not finding.thread


def test_requests_in_one_place_are_one_finding() -> None:
    """They are counted."""
    with watched(mode="strict") as watch:
        client = application(keep).test_client()
        for _ in range(3):
            client.get("/order/tea")
        (finding,) = over(watch)
    assert finding.count == 3


def test_only_the_latest_requests_are_looked_for() -> None:
    """A test that leaves a hundred leaves them in one place."""
    with watched(mode="strict") as watch:
        client = application(keep).test_client()
        for _ in range(retained.MOST + 2):
            client.get("/order/tea")
        (finding,) = over(watch)
    assert finding.count == retained.MOST


def late(watch: Watched) -> list[Finding]:
    """Return what is told of the watched test when all tests are over."""
    watch.engine.between()
    return [finding for _, findings in watch.engine.late() for finding in findings]


@pytest.mark.parametrize("level", [None, "warn"])
def test_where_nothing_fails_by_it_there_is_time(level: str | None) -> None:
    """To look takes long; what only awaited garbage collection is gone when all is over."""
    rules = (("FCX304", level),) if level else ()
    with watched(rules=rules, mode="strict" if level else "fail") as watch:
        application(keep).test_client().get("/order/tea")
        assert over(watch) == []
        watch.engine.end(gone := watch.engine.begin(watch.recorder.subject))
        (finding,) = late(watch)
        assert finding.level == "warning"
        assert late(watch) == []
        assert watch.engine.findings(gone, "late") == []


def test_what_is_gone_when_all_is_over_is_right() -> None:
    """As is what was kept for the next test, which took it away."""
    with watched() as watch:
        application(keep).test_client().get("/order/tea")
        assert over(watch) == []
        kept.clear()
        assert late(watch) == []


@pytest.mark.parametrize(("level", "found"), [("fail", 1), ("strict", 0)])
def test_it_fails_where_the_suite_says_so(level: str, found: int) -> None:
    """In mode fail a level of strict is none to fail by."""
    findings = send(keep, mode="fail", rules=(("FCX304", level),))
    assert [finding.fails for finding in findings] == [True] * found


def test_a_rule_that_is_off_looks_for_nothing() -> None:
    """Nothing of the search is even made."""
    with watched(rules=(("FCX304", "off"),)) as watch:
        application(keep).test_client().get("/order/tea")
        assert over(watch) == []
        assert "_holders" not in vars(vars(watch.engine)["_retained"])


def test_what_is_gone_makes_room_for_what_is_held() -> None:
    """Tests of errors leave requests to the garbage collector, and there may be thousands."""
    with watched() as watch:
        application(keep).test_client().get("/order/tea")
        over(watch)
        keeping, garbage = watch.engine._retained, application(lambda: "ok").test_client()
        for number in range(3 * retained.MOST_TESTS):
            trial = watch.engine.begin(watch.recorder.subject)
            if number % 3:
                garbage.get("/order/tea")
                keeping.look_later(trial, [Mock()])
            watch.engine.end(trial)
        (finding,) = late(watch)
    assert finding.code == "FCX304"


def test_the_latest_tests_are_remembered() -> None:
    """Where all of them hold something, the first ones are forgotten."""
    with watched() as watch:
        requests = [Mock() for _ in range(3 * retained.MOST_TESTS)]
        looking = retained.Retained(lambda file: True, lambda: True)
        for request in requests:
            looking.look_later(watch.trial, [request])
        there = [left for _, left in looking.still_there()]
    assert retained.MOST_TESTS <= len(there) <= 2 * retained.MOST_TESTS
    assert there[-1] == requests[-1:]
    assert list(looking.still_there()) == []


def test_what_is_gone_by_then_is_right() -> None:
    """Who cleans up in the teardown holds nothing afterwards."""
    with watched(mode="strict") as watch:
        application(keep).test_client().get("/order/tea")
        kept.clear()
        assert over(watch) == []
        assert "_retained" not in vars(watch.engine)


def test_an_error_holds_nothing() -> None:
    """What its traceback keeps is no state of a module."""
    assert send(lambda: abort(404)) == []


def test_errors_of_one_kind_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite has thousands of them; one that is held like no other before is looked at."""
    looks: list[bool] = []

    def look(requests: list[Any], index: int) -> bool:
        looks.append(held_by_frames(requests, index))
        return looks[-1]

    def view() -> str:
        if "keep" not in request.args:
            abort(404)
        return keep()

    monkeypatch.setattr(retained, "held_by_frames", look)
    with watched(mode="strict") as watch:
        client = application(view).test_client()
        for _ in range(2):
            client.get("/order/tea")
        client.get("/order/tea?keep")
        (finding,) = over(watch)
    assert looks == [True, False]
    assert finding.code == "FCX304"


def test_what_a_library_holds_is_not_looked_for_again_and_again() -> None:
    """Nobody could be told of it; what is held like no other is looked for all the same."""
    held: list[Any] = []

    def view() -> str:
        return keep() if "keep" in request.args else "ok"

    def remember(app: Flask, **_: object) -> None:
        held.append([request._get_current_object()])  # type: ignore[attr-defined]

    app = application(view)
    found: list[str] = []
    with request_started.connected_to(remember, app), watched(mode="strict") as watch:
        for query in [*[""] * 6, "?keep"]:
            trial = watch.engine.begin(watch.recorder.subject)
            app.test_client().get(f"/order/tea{query}")
            watch.engine.end(trial)
            found += [each.code for each in watch.engine.findings(trial, "teardown")]
        assert watch.engine._retained._holders.searched == retained.TRIES + 1
    assert found == ["FCX304"]


def test_what_there_was_no_time_for_was_not_looked_for_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slow moment of the machine's hides nothing that comes later."""
    found: list[int] = []
    with watched(mode="strict") as watch:
        client = application(keep).test_client()
        for patience in (*[0.0] * (retained.TRIES + 1), 60.0):
            monkeypatch.setattr(holders, "PATIENCE", patience)
            trial = watch.engine.begin(watch.recorder.subject)
            client.get("/order/tea")
            watch.engine.end(trial)
            found.append(len(watch.engine.findings(trial, "teardown")))
    assert found == [0] * (retained.TRIES + 1) + [1]


def test_a_test_without_requests_is_not_looked_at() -> None:
    """It costs nothing."""
    with watched(mode="strict") as watch:
        assert over(watch) == []
        assert "_retained" not in vars(watch.engine)


def test_a_context_that_is_still_pushed_is_not_over() -> None:
    """One of a whole class may stand in that, until it is popped."""
    with watched(mode="strict") as watch:
        with Flask("shop").test_request_context("/") as context:
            kept.append(context)
            assert over(watch) == []
            # It is still there, and so would be found.
            assert kept[0].request is context.request


def test_a_context_that_a_test_made_up_is_the_tests() -> None:
    """``setUpClass`` keeps it, to pop it; the request itself is kept by nobody with a reason."""
    with watched(mode="strict") as watch:
        with Flask("shop").test_request_context("/") as context:
            kept.append(context)
        assert over(watch) == []
    with watched(mode="strict") as watch:
        with Flask("shop").test_request_context("/") as context:
            kept.append(context.request)
        assert [finding.code for finding in over(watch)] == ["FCX304"]


def test_what_a_context_variable_holds_is_not_followed() -> None:
    """A context of Python's that is kept leads to all that was bound when it was copied."""

    def keep_copy() -> str:
        kept.append(contextvars.copy_context())
        return "ok"

    assert send(keep_copy) == []
    assert kept


def test_the_search_ends_with_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said why, and what was found by then stands."""
    monkeypatch.setattr(holders, "MOST_OF_RUN", 2)
    with watched(mode="strict") as watch:
        client = application(keep).test_client()
        for _ in range(3):
            client.get("/order/tea")
        assert [finding.count for finding in over(watch)] == [2]
        assert watch.engine.disabled == {
            "retained requests": "it looked for 2 requests, or for 60 s"
        }


def test_without_a_line_the_module_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was put into it from outside stands nowhere in its source."""
    module = ModuleType("late_state")
    module.__file__ = str(ROOT / "watching.py")
    monkeypatch.setitem(sys.modules, "late_state", module)

    def put() -> str:
        module.last = request._get_current_object()  # type: ignore[attr-defined]
        return "ok"

    (finding,) = send(put)
    assert (finding.file, finding.line, finding.function) == ("watching.py", 1, "<module>")
    assert finding.expression == "late_state.last"


def test_words_that_were_read_before_are_kept() -> None:
    """A request that handed something over has them."""

    def hand_over_and_keep() -> str:
        import threading

        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        return keep()

    (finding,) = send(hand_over_and_keep)
    assert finding.request == TEA


def test_a_block_of_a_test_is_looked_at_when_it_ends() -> None:
    """A test may expect what it retains there."""
    from pytest_flaskctx.monitors import Monitor

    with watched(mode="strict") as watch:
        with Monitor(watch.engine, watch.trial).expect("retained-request") as caught:
            application(keep).test_client().get("/order/tea")
    assert [finding.code for finding in caught.findings] == ["FCX304"]


def test_a_monitor_without_pytest_looks_at_its_end() -> None:
    """The block is the test."""
    with pytest_flaskctx.monitor(root=ROOT) as monitor:
        application(keep).test_client().get("/order/tea")
    assert [finding.code for finding in monitor.findings] == ["FCX304"]


def test_a_failure_of_ours_is_said_once_and_ends_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The test goes on as if nobody had looked."""

    def fail(*args: object) -> None:
        raise LookupError("unknown")

    monkeypatch.setattr(retained, "standing", fail)
    with watched(mode="strict") as watch:
        application(keep).test_client().get("/order/tea")
        assert over(watch) == []
        (why,) = watch.engine.disabled.values()
        assert why.startswith("LookupError in pytest_flaskctx.retained, line ")
        monkeypatch.undo()
        again = watch.engine.begin(watch.recorder.subject)
        application(keep).test_client().get("/order/tea")
        watch.engine.end(again)
        assert watch.engine.findings(again, "teardown") == []
        vars(watch.engine)["_retained"].look_later(again, [object])
        assert late(watch) == []


@pytest.mark.parametrize(
    ("how", "told"),
    [("", "`shop.last[0]`"), ("the closure of", "the closure of `shop.last[0]`")],
)
def test_the_words(how: str, told: str) -> None:
    """Path and way of holding make the message; the hint says what to keep."""
    words = ("shop.last[0]", how, "shop.last[...]")
    stack = (frame(1, "<module>"),)
    verdict = judge(Incident("retained-request", "", stack, "", 1, None, TEA, words, "test_it"))
    assert verdict.rule is RETAINED_REQUEST
    assert verdict.message == f"{told} still holds the request after its test"
    assert verdict.expression == "shop.last[...]"
    assert verdict.hint == (
        "Keep the values that are wanted later, in place of the request:\n\n"
        '    last = {"user": request.args["user"], "path": request.path}'
    )
    assert RETAINED_REQUEST.why == (
        "It outlives its user: whoever reads it there gets another user's data, and what it holds, "
        "such as uploaded files, stays in memory."
    )
    assert RETAINED_REQUEST.place == "held by:"
