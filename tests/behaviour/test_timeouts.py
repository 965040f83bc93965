"""pytest-timeout and the drain: neither pushes the other, and the stacks say which tasks ran."""

from __future__ import annotations

import time

import pytest

STUCK = """
    def test_stuck(client):
        client.get("/late")
        threading.Event().wait(30)

    def test_next(): gate.set()
"""
TASKS = [
    "*~ Tasks that Flask requests handed over ~*",
    "thread, in thread 'Thread-* (patient)', handed over at *shop.py:* while serving GET /late *",
]


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_stacks_are_followed_by_the_tasks(run, method):
    """Both methods name the tasks that ran, with the place and the request of each."""
    result = run(STUCK, "--timeout=1", f"--timeout-method={method}", drain=0.02)
    assert result.ret == 1
    lines = result.outlines + result.errlines
    pytest.LineMatcher(lines).fnmatch_lines(["*Stack of *patient*", *TASKS])


def test_signal_goes_on(run):
    """With ``signal`` the run goes on, and what was found until then is a section of the report."""
    source = STUCK.replace('client.get("/late")', "client.get('/leak'); settle()")
    result = run(source, "--timeout=1", "--timeout-method=signal", drain=0.02)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*Failed: Timeout*", "*the test leaked a context, too*"])


def test_no_task_no_words(run):
    """Where no task runs, pytest-timeout's stacks stand alone."""
    result = run("def test_stuck(): threading.Event().wait(30)", "--timeout=1")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*Tasks that Flask requests*")


def test_the_drain_ends_before_the_timeout(run):
    """A test that passes in time does not fail because its tasks are waited for."""
    began = time.monotonic()
    source = """
        def test_one(client): client.get("/late")
        def test_two(): gate.set(); assert gone.wait(20)
        def busy():
            # Not blocked without an end, so that only the timeout bounds the drain.
            while not gate.wait(0.01): pass
        @pytest.mark.timeout(1.5)
        def test_busy():
            gate.clear()
            app = make_app()
            app.add_url_rule("/busy", view_func=lambda: threading.Thread(target=busy).start() or "")
            app.test_client().get("/busy")
        def test_release(): gate.set()
    """
    result = run(source, "--timeout=1.5", "-W", "ignore", drain=60)
    assert result.parseoutcomes()["passed"] == 4
    result.stdout.no_fnmatch_line("*Timeout*")
    assert time.monotonic() - began < 30
