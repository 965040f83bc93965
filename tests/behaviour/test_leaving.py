"""Contexts that tests leave behind, as pytest tells of them."""

from __future__ import annotations

import json

import pytest

DISTRIBUTED = pytest.mark.parametrize("args", [(), ("-n1",)], ids=["alone", "xdist"])

SERVED = """
    app = make_app()

    def test_leaves():
        app.app_context().push()

    def test_next():
        assert app.test_client().get("/right").text == "get"
"""
RIGHT = """
    import asyncio, unittest
    from flask import request_started

    app = make_app()
    kept = []

    def push():
        context = app.test_request_context()
        context.push()
        return context

    @pytest.fixture(scope="session")
    def whole(): push()

    @pytest.fixture(scope="module")
    def some():
        context = push()
        yield
        context.pop()

    @pytest.fixture
    def own(request):
        request.addfinalizer(push().pop)

    def test_fixtures(whole, own): pass

    def test_asked_for_late(request):
        request.getfixturevalue("late")

    @pytest.fixture(scope="session")
    def late(): push()

    class TestClass:
        @classmethod
        def setup_class(cls): cls.context = push()
        @classmethod
        def teardown_class(cls): cls.context.pop()
        def setup_method(self): self.own = push()
        def teardown_method(self): self.own.pop()
        def test_it(self): pass

    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls): cls.addClassCleanup(push().pop)
        def setUp(self): self.context = push()
        def tearDown(self): self.context.pop()
        def test_it(self): pass

    class Loop(unittest.IsolatedAsyncioTestCase):
        def setUp(self): push()
        async def test_it(self): push()

    def test_module(some): pass
"""
FAILED = """
    from flask import Flask, stream_with_context
    import unittest

    app = Flask("feed")

    @app.get("/")
    def feed():
        return app.response_class(stream_with_context(iter("abc")))

    def test_fails():
        response = app.test_client().get("/")
        assert response.status_code == 404

    class Case(unittest.TestCase):
        def test_fails(self):
            response = app.test_client().get("/")
            self.assertEqual(response.status_code, 404)

    @pytest.fixture
    def broken():
        response = app.test_client().get("/")
        assert response.status_code == 404

    @pytest.fixture
    def breaks():
        yield
        response = app.test_client().get("/")
        assert response.status_code == 404

    def test_set_up(broken): pass

    def test_tear_down(breaks): pass

    def test_last():
        app.test_client().get("/").close()
"""
OLD = """
    import unittest
    from flask import Flask

    class Base(unittest.TestCase):
        def setUp(self):
            self.context = Flask("shop").app_context()
            self.context.push()

    class Many(Base): pass

    for number in range(30):
        setattr(Many, f"test_{number}", lambda self: None)
"""


def test_a_later_request_fails_the_test_that_left_it(run):
    """The request of the next test was served on it: the first test fails, late."""
    result = run(SERVED)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_leaves _*",
            "test_shop.py:*: in test_leaves, thread 'MainThread'",
            "E   FCX301 leaked-context: an application context is still pushed when its test",
            "E   is over, and a request of test_shop.py::test_next was served on it",
            "pushed here:",
            ">       app.app_context().push()",
            "fix: Let a `with` block pop it, in the test or in a fixture:",
            "FAILED *::test_leaves - FCX301*",
        ]
    )
    assert "its test was over already" not in result.stdout.str()


@DISTRIBUTED
def test_many_old_tests_are_a_few_lines(run, args):
    """Tests that push in ``setUp`` and never pop are one site, counted, and fail nothing."""
    result = run(OLD, *args)
    result.assert_outcomes(passed=30)
    text = result.stdout.str()
    assert "flaskctx: 1 leak site in 30 tests: 1 warning" in text
    assert text.count("FCX301 leaked-context: `self.context.push()`, 30 times") == 1
    assert text.count("FCX301") == 1


@DISTRIBUTED
def test_a_strict_test_fails_in_its_teardown(run, args):
    """The error is the test's, and each place is told once in the whole report."""
    result = run(OLD, "--flaskctx=strict", "--flaskctx-report", "-k", "test_1", *args)
    result.assert_outcomes(passed=11, errors=11)
    (section,) = result.stdout.str().split(" flaskctx ===")[1:]
    assert section.count("self.enterContext(app.app_context())") == 1
    assert "seen 11 times, in 11 tests:" in section


@pytest.mark.parametrize("args", [(), ("-n2",), ("-p", "no:unraisableexception")])
def test_wider_fixtures_and_coroutines_are_right(run, args):
    """What is to last for more than one test, and what ends by itself, is nobody's leak."""
    result = run(RIGHT, "--flaskctx=strict", "--flaskctx-json=out.json", *args)
    result.assert_outcomes(passed=6)
    assert "FCX301" not in result.stdout.str()


@pytest.mark.parametrize(
    ("test", "outcomes"),
    [
        ("test_fails", {"failed": 2, "passed": 1}),
        ("Case", {"failed": 1, "passed": 1}),
        ("test_set_up", {"errors": 1, "passed": 1}),
        ("test_tear_down", {"errors": 1, "passed": 2}),
    ],
)
def test_what_a_failed_test_had_open_is_not_told(run, test, outcomes):
    """Its traceback keeps the stream, and lets it go later."""
    args = ("--flaskctx=strict", "-k", f"{test} or test_last")
    # It keeps errors for longer than pytest does.
    result = run(FAILED, *args, plugins=("pytest_rerunfailures",))
    result.assert_outcomes(**outcomes)
    assert "FCX301" not in result.stdout.str()


@DISTRIBUTED
def test_a_kept_stream_of_the_last_test_is_told(pytester, run, args):
    """The end of the run is late enough, and the request is named."""
    keeps = FAILED.partition("def test_fails")[0] + (
        "def test_keeps():\n        app.kept = app.test_client().get('/')\n"
    )
    result = run(keeps, "--flaskctx=strict", "--flaskctx-json=out.json", *args)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_keeps _*",
            "E   FCX301 leaked-context: the context of a streamed response that nobody*",
            "request: GET / (endpoint 'feed')",
            "fix: Read the response to its end, or close it:",
        ]
    )
    (found,) = json.loads((pytester.path / "out.json").read_text())["findings"]
    assert (found["phase"], found["proxy"], found["count"]) == ("late", "", 1)


def test_it_can_be_allowed(run):
    """The marker lets a test leave what it pushes, a later request included."""
    marked = SERVED.replace(
        "def test_leaves",
        '@pytest.mark.flask_ctx_allow("FCX301", reason="old")\n    def test_leaves',
    )
    result = run(marked, "--flaskctx-report")
    result.assert_outcomes(passed=2)
    assert "--- allowed: 1 ---" in result.stdout.str()


def test_a_task_of_a_pool_is_told_with_its_hand_over(run):
    """A context that a task leaves in its thread fails the test that handed the task over."""
    result = run(
        """
        app = make_app()

        def enter():
            app.app_context().push()

        app.add_url_rule("/enter", "enter", lambda: str(pool.submit(enter).result()))

        def test_it():
            app.test_client().get("/enter")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_shop.py:*: in enter, thread 'ThreadPoolExecutor-*'",
            "E   FCX302 leaked-worker-context: an application context is still pushed in a",
            "E   thread of a pool when its task is over",
            "pushed here:",
            "handed over here, by submit(), while serving GET /enter (endpoint 'enter'):",
            "fix: Let a `with` block pop it in the task itself:",
        ]
    )


@DISTRIBUTED
def test_what_is_pushed_while_a_file_is_imported_is_right(run, args):
    """It is there for all tests, and no test pushed it."""
    shop = """
        app = make_app()
        app.app_context().push()

        def test_it():
            assert app.test_client().get("/right").text == "get"
        """
    result = run(shop, "--flaskctx=strict", *args)
    result.assert_outcomes(passed=1)
    assert "FCX301" not in result.stdout.str()


def test_an_error_in_a_pop_shows_no_frame_of_ours(run):
    """The traceback leads from the test's own line to Flask's."""
    result = run(
        """
        app = make_app()

        def test_it():
            outer, inner = app.app_context(), app.app_context()
            outer.push(), inner.push()
            try:
                outer.pop()
            finally:
                inner.pop(), outer.pop()
        """
    )
    result.assert_outcomes(failed=1)
    assert "pytest_flaskctx/probes" not in result.stdout.str().replace("\\", "/")


CLIENTS = """
    import unittest

    app = make_app()

    class Browser:
        def __init__(self): self.client = app.test_client()

    def look(client):
        client.__enter__()
        client.get("/right")

    @pytest.fixture(scope="module")
    def wide(): return app.test_client()

    @pytest.fixture(scope="session")
    def browser(): return Browser()

    @pytest.fixture
    def own(): return app.test_client()

    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls): cls.client = app.test_client()
        def test_of_its_class(self): look(self.client)

    def setup_module(module): module.kept = app.test_client()

    def test_wide(wide): look(wide)
    def test_browser(browser): look(browser.client)
    def test_of_its_module(): look(kept)
    def test_own(own): look(own)
    def test_made(): look(app.test_client())
"""


@pytest.mark.parametrize(
    ("test", "leaks"),
    [
        ("test_of_its_class", 0),
        ("test_wide", 0),
        ("test_browser", 0),
        ("test_of_its_module", 0),
        ("test_own", 1),
        ("test_made", 1),
    ],
)
def test_who_shares_a_client_need_not_leave_it(run, test, leaks):
    """The first test that enters it does not know whether it is the last."""
    result = run(CLIENTS, "--flaskctx=strict", "-k", test)
    assert result.parseoutcomes().get("passed", 0) == 1
    assert result.stdout.str().count("E   FCX301") == leaks
