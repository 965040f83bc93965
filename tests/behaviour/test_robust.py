"""A fault of our own is one line in the report: no internal error, no test's outcome changed."""

from __future__ import annotations

import pytest

FAULTS = {
    "judging a test": ("assemble.Assembler", "accesses", "passed"),
    "telling a test's leaks": ("plugin.making.Making", "_told", "failed"),
    "judging what is late": ("engine.Engine", "late", "failed"),
}


@pytest.mark.parametrize("args", [(), ("-n1",)], ids=["alone", "xdist"])
@pytest.mark.parametrize("step", FAULTS)
def test_a_fault_of_ours(pytester, run, step, args):
    """Whichever step fails, the run ends as usual and names it once."""
    owner, method, outcome = FAULTS[step]
    pytester.makeconftest(
        f"""
        import importlib
        path, name = "pytest_flaskctx.{owner}".rsplit(".", 1)
        def broken(self, *args, **kwargs): raise RecursionError("weird source")
        setattr(getattr(importlib.import_module(path), name), {method!r}, broken)
        """
    )
    result = run("def test_one(client): client.get('/leak')", *args)
    assert result.parseoutcomes()[outcome] == 1
    assert result.ret == (outcome == "failed")
    # The line may be wrapped.
    text = " ".join(result.stdout.str().split())
    assert "INTERNALERROR" not in text
    assert text.count(f"flaskctx: {step} failed: RecursionError in pytest_flaskctx.") == 1
    assert "weird" not in text


def test_a_fault_of_the_drain(pytester, run):
    """Where waiting fails the test is judged by what was seen, and the report says so."""
    pytester.makeconftest(
        """
        from pytest_flaskctx import drain
        def broken(*args, **kwargs): raise RecursionError("weird thread")
        drain.Drain.run = broken
        """
    )
    result = run(
        """
        def test_one(client):
            client.get("/leak")
            settle()
            client.get("/late")
        """
    )
    result.assert_outcomes(failed=1)
    text = " ".join(result.stdout.str().split())
    assert "INTERNALERROR" not in text
    assert text.count("flaskctx: waiting for tasks failed: RecursionError in pytest_flaskctx.") == 1


def test_a_fault_of_the_report(pytester, run):
    """Where the summary cannot be told, the run ends as usual and one line says so."""
    pytester.makeconftest(
        """
        from pytest_flaskctx.reports import summary
        def broken(*args, **kwargs): raise RecursionError("weird finding")
        summary.short = broken
        """
    )
    result = run("def test_one(client): client.get('/leak')")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the report failed: RecursionError in pytest_flaskctx.*"])


def test_a_fault_of_telling_what_is_late(pytester, run):
    """A late leak that cannot be told in full still fails, with its message."""
    pytester.makeconftest(
        """
        from pytest_flaskctx.reports import longrepr
        def broken(*args, **kwargs): raise RecursionError("weird frame")
        longrepr.leak_longrepr = broken
        """
    )
    result = run(
        """
        import threading
        from flask import Flask, request

        go = threading.Event()
        app = Flask("late")

        def work():
            go.wait()
            request.path

        @app.get("/")
        def index():
            threading.Thread(target=work).start()
            return "ok"

        def test_one():
            app.test_client().get("/")

        def test_two():
            go.set()
            for thread in threading.enumerate():
                if thread is not threading.main_thread() and "work" in thread.name:
                    thread.join()
        """,
        "-p",
        "no:threadexception",
    )
    assert result.parseoutcomes()["failed"] == 1
    assert result.ret == 1
    assert "INTERNALERROR" not in result.stdout.str()


def test_a_probe_that_tells_what_is_right_accuses_nobody_when_it_is_off(pytester, run):
    """Who waited is not seen any more, and so nobody is accused of not having done so."""
    pytester.makeconftest(
        """
        from pytest_flaskctx.probes import waits
        def broken(*args, **kwargs): raise TypeError("weird future")
        waits.note_over = broken
        """
    )
    result = run(
        """
        from flask import copy_current_request_context

        pair = ThreadPoolExecutor(max_workers=2)

        def test_one():
            app = make_app()

            @app.get("/twice")
            def twice():
                shared = copy_current_request_context(work)
                first = pair.submit(shared)
                while first._state != "FINISHED":
                    pass
                return first.result() + pair.submit(shared).result()

            assert app.test_client().get("/twice").text == "GETGET"
        """,
        "--flaskctx=strict",
    )
    result.assert_outcomes(passed=1)
    text = result.stdout.str()
    assert text.count("the probe 'waits' switched itself off: TypeError in") == 1
    assert "weird future" not in text


def test_a_hook_that_fails_drops_nothing(pytester, run):
    """A suite's hook that raises is named; the finding counts as if there were none."""
    pytester.makeconftest("def pytest_flaskctx_finding(finding): finding.no_such_thing")
    result = run("def test_one(client): client.get('/leak')")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["flaskctx: calling pytest_flaskctx_finding failed: Attribute*"])


@pytest.mark.parametrize("source", ["gone", "shorter", "binary"])
def test_weird_source(run, source):
    """Source that is gone, or no longer what was compiled, costs no more than its excerpt."""
    contents = {
        "gone": "path.unlink()",
        "shorter": "path.write_text('')",
        "binary": "path.write_bytes(bytes(range(256)) * 20)",
    }
    result = run(
        f"""
        import pathlib
        import shop

        def test_one(client):
            path = pathlib.Path(shop.__file__)
            {contents[source]}
            client.get("/leak")
        """
    )
    result.assert_outcomes(failed=1)
    assert "INTERNALERROR" not in result.stdout.str()
    result.stdout.fnmatch_lines(["E   FCX101*"])


def test_a_test_that_recurses_too_deeply_blinds_nothing(run):
    """Where it expects that, by pushes and waits too, the leaks that come later are found."""
    result = run(
        """
        from concurrent.futures import ThreadPoolExecutor
        import pytest
        from flask import Flask

        app = Flask(__name__)
        pool = ThreadPoolExecutor(1)

        def pushes():
            with app.app_context():
                pushes()

        def waits():
            pool.submit(int).result()
            waits()

        @pytest.mark.parametrize("deep", [pushes, waits])
        def test_deep(deep):
            with pytest.raises(RecursionError):
                deep()

        def test_leak(client):
            client.get("/leak")
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.no_fnmatch_line("*switched itself off*")
    result.stdout.fnmatch_lines(["E   FCX101*"])
