"""A leak that comes after its test was judged is one more failure of that test."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

LATE = """
    def test_early(client): client.get("/late")
    def test_next():
        gate.set()
        assert gone.wait(20)
        settle_thread()
    def test_after(): pass

    def settle_thread():
        for thread in threading.enumerate():
            if "patient" in thread.name:
                thread.join()
"""
AT_THE_END = """
    import sys
    import pytest

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop():
        result = yield
        shop = sys.modules.get("shop")
        if shop is not None:
            shop.gate.set()
            assert shop.gone.wait(20)
        return result
"""
BETWEEN = """
    @pytest.fixture(scope="module", autouse=True)
    def around():
        yield
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()

    def test_one(): pass
"""
SHORT = {"drain": 0.02}
DISTRIBUTED = pytest.mark.parametrize("args", [(), ("-n1",)], ids=["alone", "xdist"])


@DISTRIBUTED
def test_late_leak(pytester, run, args):
    """It is reported once, for the test that caused it, named as late, in JUnit's file as well."""
    result = run(LATE, "--junitxml=out.xml", "-W", "ignore", *args, **SHORT)
    result.assert_outcomes(passed=3, failed=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*_ test_early _*", "late: its test was over already", "FAILED *::test_early - FCX101*"]
    )
    tree = ET.parse(pytester.path / "out.xml")
    failed = [
        case.get("name") for case in tree.iter("testcase") if case.find("failure") is not None
    ]
    assert failed == ["test_early"]
    assert tree.find("testsuite").get("failures") == "1"


@DISTRIBUTED
def test_late_leak_of_the_last_test(pytester, run, args):
    """What comes when no report follows any more is reported all the same, and fails the run."""
    pytester.makeconftest(AT_THE_END)
    source = "def test_early(client): client.get('/late')"
    result = run(source, "-W", "ignore", *args, **SHORT)
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == 1
    assert result.stdout.str().count("used here:") == 1


@DISTRIBUTED
def test_leak_between_tests(run, args):
    """A leak of no test fails the run and is told at its end."""
    result = run(BETWEEN, "-W", "ignore", "--flaskctx-report", *args)
    assert result.ret == 1
    assert result.stdout.str().count("used here:") >= 1


def test_last_failed(pytester, run):
    """--lf runs the test again whose leak came late."""
    cache = ("-p", "cacheprovider", "-W", "ignore")
    pytester.makeini("")
    result = run(LATE, "-o", "addopts=", "-W", "ignore", **SHORT)
    result.assert_outcomes(passed=3, failed=1)
    again = run(LATE, "-o", "addopts=", "--lf", "--collect-only", "-q", *cache[2:], **SHORT)
    again.stdout.fnmatch_lines(["test_shop.py::test_early"])
    again.stdout.no_fnmatch_line("test_shop.py::test_next")


def test_exit_first(run):
    """-x stops at a late leak like at any failure."""
    result = run(LATE, "-x", "-W", "ignore", **SHORT)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])


def test_warn(run):
    """Under warn a late leak is told and fails nothing."""
    result = run(LATE, "--flaskctx=warn", "-W", "ignore", **SHORT)
    result.assert_outcomes(passed=3)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["flaskctx: * leak site* in *: *warning*"])


def test_thread_exception_of_late_work_is_not_ours_to_hide(run):
    """Under -W error pytest's own error for a thread that died late stays with its test."""
    result = run(LATE, "-W", "error", **SHORT)
    assert result.parseoutcomes()["failed"] == 2
    result.stdout.fnmatch_lines(["*PytestUnhandledThreadExceptionWarning*"])


FED = """
    import queue
    import threading
    from flask import Flask, request

    app, jobs, workers = Flask("fed"), queue.Queue(), []

    def work():
        while (job := jobs.get()) is not None:
            function, done = job
            try:
                function()
            except RuntimeError:
                pass
            done.set()

    def enqueue(function):
        if not workers:
            workers.append(threading.Thread(target=work, daemon=True))
            workers[0].start()
        done = threading.Event()
        jobs.put((function, done))
        return str(done.wait(20))

    app.add_url_rule("/good", "good", lambda: enqueue(int))
    app.add_url_rule("/bad", "bad", lambda: enqueue(lambda: request.path))

    def test_good(): app.test_client().get("/good")
    def test_bad(): app.test_client().get("/bad")
    def test_end():
        jobs.put(None)
        workers[0].join()
"""


@DISTRIBUTED
def test_a_worker_that_an_earlier_test_started_leaks_for_the_one_that_feeds_it(run, args):
    """The guilty test fails, and is told where the thread was started, not handed its task."""
    result = run(FED, *args, drain=0.02)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_bad _*",
            "no task is known for it; its thread was started here*",
            "*workers?0?.start()",
        ]
    )
    result.stdout.no_fnmatch_line("late: *")
