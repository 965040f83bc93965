"""Tests of every kind: whatever runs them, a leak fails them, and only them."""

from __future__ import annotations

import pytest

TOO = "*flaskctx: the test leaked a context, too*"


def test_beside_all_that_is_installed(run, monkeypatch):
    """Found by its entry point, the plugin judges the same beside every plugin that is there."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_ADDOPTS")
    result = run(
        """
        def test_right(client): client.get("/right")
        def test_leak(client): client.get("/leak")
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["plugins: *timeout-*", "*FAILED *::test_leak - FCX101*"])


def test_unittest(run):
    """A TestCase fails by a leak in any of its methods; its own failure and its skip as always."""
    result = run(
        """
        import unittest

        class TestCall(unittest.TestCase):
            def test_right(self): self.assertEqual(get("/right"), "get")
            def test_leak(self): get("/leak")
            def test_skip(self):
                get("/leak")
                self.skipTest("too slow")
            def test_result(self): get("/result")
            @unittest.expectedFailure
            def test_expected(self):
                get("/leak")
                self.fail("known")

        class TestSetUp(unittest.TestCase):
            def setUp(self): get("/leak")
            def test_one(self): pass

        class TestTearDown(unittest.TestCase):
            def tearDown(self): get("/leak")
            def test_one(self): pass
        """
    )
    result.assert_outcomes(passed=1, failed=5, xfailed=1)
    result.stdout.no_fnmatch_line(TOO)
    result.stdout.no_fnmatch_line("*Working outside of*")


def test_unittest_own_failure(run):
    """A TestCase's own failure, which no hook sees, stays first."""
    result = run(
        """
        import unittest

        class TestOne(unittest.TestCase):
            def test_own(self):
                get("/leak")
                self.assertEqual(1, 2)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*AssertionError: 1 != 2", TOO])


def test_unittest_class_setup(run):
    """What setUpClass leaks is an error of the first test's setup."""
    result = run(
        """
        import unittest

        class TestOne(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                get("/leak")
                settle()
            def test_one(self): pass
            def test_two(self): pass
        """
    )
    result.assert_outcomes(errors=1, passed=1)


ASYNC = """
    import asyncio
    from shop import *

    {mark}
    async def test_right(client):
        assert (await asyncio.to_thread(client.get, "/right")).text == "get"

    {mark}
    async def test_leak(client):
        client.get("/leak")

    {mark}
    async def test_own(client):
        client.get("/leak")
        assert 1 == 2
"""


def test_asyncio(run):
    """Tests of pytest-asyncio are judged like others; their loop's threads are no leak."""
    pytest.importorskip("pytest_asyncio")
    result = run(ASYNC.format(mark="@pytest.mark.asyncio"), plugins=("asyncio",))
    result.assert_outcomes(passed=1, failed=2)
    assert result.stdout.str().count("leaked a context, too") == 1


def test_anyio(run):
    """Tests of anyio's plugin are judged like others."""
    pytest.importorskip("anyio")
    backend = """
    @pytest.fixture
    def anyio_backend(): return "asyncio"
    """
    result = run(backend + ASYNC.format(mark="@pytest.mark.anyio"), plugins=("anyio",))
    result.assert_outcomes(passed=1, failed=2)


@pytest.mark.skipif(pytest.version_tuple < (9, 0), reason="pytest 9 has subtests of its own")
def test_subtests(run):
    """A leak in a subtest fails its test; the other subtests keep their outcomes."""
    result = run(
        """
        def test_one(client, subtests):
            for path in ("/right", "/leak"):
                with subtests.test(path=path):
                    assert client.get(path).status_code == 200
        """
    )
    result.stdout.fnmatch_lines(["*FAILED test_shop.py::test_one - FCX101*"])
    result.assert_outcomes(failed=1)


def test_doctest(pytester, run):
    """A doctest that leaks fails, one that does not passes."""
    pytester.makepyfile(
        leaky='''
        """
        >>> import shop
        >>> shop.get("/leak")
        'queued'
        """
        ''',
        right='''
        """
        >>> import shop
        >>> shop.get("/right")
        'get'
        """
        ''',
    )
    result = run("", "--doctest-modules", "leaky.py", "right.py")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["E   FCX101*"])


def test_reruns(run):
    """pytest-rerunfailures runs a test that leaked again; one that leaks no more passes."""
    pytest.importorskip("pytest_rerunfailures")
    result = run(
        """
        paths = ["/leak", "/right"]
        def test_flaky(client): client.get(paths.pop(0))
        def test_leak(client): client.get("/leak")
        """,
        "--reruns=1",
        plugins=("rerunfailures",),
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*2 rerun*"])


def test_hypothesis(run):
    """A property test that leaks fails once, with its leak; one that does not passes."""
    pytest.importorskip("hypothesis")
    result = run(
        """
        from hypothesis import given, settings, strategies as st, HealthCheck

        @settings(max_examples=5, database=None, deadline=None)
        @given(st.sampled_from(["/leak"]))
        def test_leak(path): get(path)

        @settings(max_examples=5, database=None, deadline=None)
        @given(st.sampled_from(["/right"]))
        def test_right(path): get(path)
        """,
        plugins=("hypothesispytest",),
    )
    result.assert_outcomes(failed=1, passed=1)
    assert result.stdout.str().count("used here:") == 1


PARALLEL = """
    from flask import current_app

    def test_unbound():
        # The body stands in for the main thread: it may use proxies at its own risk.
        with pytest.raises(RuntimeError):
            request.method
        try:
            current_app.name
        except RuntimeError:
            pass

    def helper():
        try:
            return request.method
        except (RuntimeError, ValueError):
            pass
        return bool(session)

    def test_helper(): helper()

    def test_right(): assert get("/right") == "get"

    def test_leak(): get("/leak")
"""


def test_run_parallel(run):
    """With pytest-run-parallel a test's body may use proxies in its threads; its leaks are found."""
    pytest.importorskip("pytest_run_parallel")
    result = run(PARALLEL, "--parallel-threads=2", "--flaskctx=strict", plugins=("run-parallel",))
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 3
    assert outcomes["errors"] == 1, "so it counts failures"
    result.stdout.fnmatch_lines(["*FAILED test_shop.py::test_leak - FCX101*"])


PROMPT = """
    import io
    import itertools
    import pdb
    from shop import *

    LOOKS = [
        "p request.path",
        "pp request.args",
        "p g.user",
        "p request and 1",
        "print(request.method)",
        "endpoint = request.endpoint",
        "display request.url",
        "tbreak further, request.method == 'POST'",
        "next",
        "continue",
    ]
    screen = io.StringIO()


    class Fed(pdb.Pdb):
        "Somebody who looks around, and then goes on."

        def __init__(self, **kwargs):
            super().__init__(stdin=self, stdout=screen, **kwargs)
            self.lines = itertools.chain(LOOKS, itertools.repeat("continue"))
            self.use_rawinput = False

        def readline(self):
            return next(self.lines) + "\\n"

        def default(self, line):
            return super().default(line)


    def look(_=None):
        breakpoint()
        further()


    def further():
        return None


    def look_and_leak(_=None):
        look()
        return request.path


    def visit(where, work):
        app = Flask("stopped")

        @app.get("/view")
        def view():
            return work() or ""

        @app.get("/pool")
        def in_pool():
            pool.submit(work).exception()
            return ""

        @app.get("/thread")
        def thread():
            started = threading.Thread(target=work)
            started.start()
            started.join()
            return ""

        @app.get("/callback")
        def callback():
            future = pool.submit(int)
            future.result()
            future.add_done_callback(work)
            return ""

        if where == "test":
            work()
        else:
            app.test_client().get(f"/{where}")
        return screen.getvalue()
"""


@pytest.mark.parametrize("started", ["by pytest", "by the suite"])
@pytest.mark.parametrize("where", ["test", "view", "pool", "thread", "callback"])
def test_debugger(pytester, run, where, started):
    """What is evaluated at a debugger's prompt is no finding, wherever it opens; what follows is."""
    pytester.makepyfile(prompt=PROMPT)
    bound = where in ("view", "callback")
    result = run(
        f"""
        import sys
        from prompt import *

        @pytest.fixture
        def own(monkeypatch):
            stop = lambda: Fed(nosigint=True).set_trace(sys._getframe(1))
            monkeypatch.setattr(sys, "breakpointhook", stop)

        pytestmark = pytest.mark.usefixtures({"own" if started == "by the suite" else "client"!r})

        def test_look():
            told = visit({where!r}, look)
            assert ("'/{where}'" in told) is {bound}
            assert ("outside of request context" in told) is {not bound}

        def test_leak(): visit({where!r}, look_and_leak)
        """,
        "--pdbcls=prompt:Fed",
        "--flaskctx=strict",
        "--flaskctx-report",
        "-W",
        "ignore",
    )
    if where == "view":
        result.assert_outcomes(passed=2)
    else:
        result.assert_outcomes(passed=1, failed=1)
        words = "RuntimeError: Working outside" if where == "test" else "FCX101 unbound-access"
        result.stdout.fnmatch_lines([f"FAILED test_shop.py::test_leak - {words}*"])
    assert ("flaskctx: no context leaks" in result.stdout.str()) is (where in ("test", "view"))
    assert result.stdout.str().count("used here:") in (0, 2), "in the failure and in the report"
