"""Tasks that outlive their request, as they stand in a terminal."""

from __future__ import annotations

import pytest

SUITE = """
    from concurrent.futures import ThreadPoolExecutor

    from flask import Flask, copy_current_request_context, request

    app = Flask(__name__)
    pool = ThreadPoolExecutor(2)
    searches = []

    @app.get("/search")
    def search():
        @copy_current_request_context
        def remember():
            searches.append(request.args["q"])

        pool.submit(remember)
        return "found"

    def find():
        assert app.test_client().get("/search?q=tea").text == "found"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """An app whose view does not wait."""
    pytester.makepyfile(shop=SUITE)
    return pytester


def test_it_is_told_whole(suite: pytest.Pytester) -> None:
    """What, where, whence, why, and what to write instead; the place is shown once."""
    suite.makepyfile("from shop import find\ndef test_search(): find()")
    result = suite.runpytest("--flaskctx=strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "shop.py:15: in search",
            "E   FCX204 outlives-request: a task carries its request's context, and the",
            "E   request does not wait for it",
            "",
            "handed over here, by submit(), while serving GET /search (endpoint 'search'):",
            ">   pool.submit(remember)",
            "    ^^^^^^^^^^^^^^^^^^^^^",
            "    called from shop.py:19 in find",
            "    called from test_it_is_told_whole.py:2 in test_search",
            "",
            "why: The task may read a request that is over, teardown functions run a second",
            "time behind the response, and the request stays in memory until the task ends.",
            "",
            "fix: Pass the values that the task needs, and no context; or wait for the task",
            "in the view:",
            "",
            "    future.result()",
        ],
        consecutive=True,
    )
    assert str(result.stdout).count(">   pool.submit(remember)") == 1


def test_otherwise_it_is_a_warning(suite: pytest.Pytester) -> None:
    """In the mode that most suites run in, nothing fails by it."""
    suite.makepyfile("from shop import find\ndef test_search(): find()")
    result = suite.runpytest()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["flaskctx: 1 leak site in 1 test: 1 warning"])


def test_one_test_may_be_strict(suite: pytest.Pytester) -> None:
    """The marker makes it so, and another allows what is meant."""
    suite.makepyfile(
        """
        import pytest
        from shop import find

        @pytest.mark.flask_ctx_strict
        def test_strict(): find()

        @pytest.mark.flask_ctx_strict
        @pytest.mark.flask_ctx_allow("outlives-request", reason="no teardown function minds")
        def test_allowed(): find()
        """
    )
    suite.runpytest().assert_outcomes(passed=1, failed=1)


def test_within_a_block(suite: pytest.Pytester) -> None:
    """What a block is expected to leak is drained and told at its end."""
    suite.makepyfile(
        """
        import pytest_flaskctx
        from shop import find

        def test_block(flask_ctx_monitor):
            with flask_ctx_monitor.expect("FCX204") as caught:
                find()
            assert len(caught.findings) == 1

        def test_alone():
            with pytest_flaskctx.monitor(mode="strict") as monitor:
                find()
                monitor.drain()
                assert [each.code for each in monitor.findings] == ["FCX204"]
        """
    )
    suite.runpytest().assert_outcomes(passed=2)


def test_what_came_of_it_says_more(suite: pytest.Pytester) -> None:
    """A context that is handed over twice is told of as that, and only the other task beside it."""
    suite.makepyfile(
        """
        from concurrent.futures import ThreadPoolExecutor

        from flask import copy_current_request_context
        from shop import app

        pool = ThreadPoolExecutor(2)

        @app.get("/twice")
        def twice():
            work = copy_current_request_context(lambda: None)
            pool.submit(work)
            pool.submit(work)
            return "found"

        def test_twice():
            app.test_client().get("/twice")
        """
    )
    result = suite.runpytest("--flaskctx=strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   FCX203 shared-copied-context: *"])
    result.stdout.no_fnmatch_line("E   FCX204*")
