"""A context that is handed over twice, as its user is told of it."""

from __future__ import annotations

import textwrap

import pytest

from pytest_flaskctx.hints import own_copy

SHOP = """
    from concurrent.futures import ThreadPoolExecutor

    from flask import Flask, copy_current_request_context, request

    app = Flask(__name__)
    pool = ThreadPoolExecutor(4)


    @app.get("/five")
    def five():
        @copy_current_request_context
        def do_work(item):
            return f"{request.path} {item}"

        return list(pool.map(do_work, range(5)))


    @app.get("/two")
    def two():
        @copy_current_request_context
        def do_work(item):
            return f"{request.path} {item}"

        first = pool.submit(do_work, 1)
        second = pool.submit(do_work, 2)
        return [first.result(), second.result()]


    def job(context):
        with context:
            return app.name


    def test_map():
        assert len(app.test_client().get("/five").json) == 5


    def test_two():
        assert len(app.test_client().get("/two").json) == 2


    def test_lent():
        with app.app_context() as context:
            future = pool.submit(job, context)
        future.exception()
"""


def test_what_a_user_reads(pytester: pytest.Pytester) -> None:
    """One place for a map, two for two lines, and the fix in the user's own words."""
    pytester.makepyfile(SHOP)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "E   FCX203 shared-copied-context: one copied request context is handed to",
            "E   several tasks that may run at once",
            "handed over here, by map(), while serving GET /five (endpoint 'five'):",
            ">   return list(pool.map(do_work, range(5)))",
            "                ^^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "seen 4 times",
            "why: Whoever ends first pops the one context under the other, which then fails",
            "fix: Pass the values that `do_work` needs, and no context. Where it needs the",
            "request itself, give each task a copy of its own:",
            "    futures = [[]pool.submit(copy_current_request_context(do_work), each) for each in *",
            "    results = [[]future.result() for future in futures[]]",
            "Put `results` in the place of `pool.map(do_work, range(5))`.",
            "Take the decorator off `do_work` itself: each of these calls makes a copy.",
            "more: pytest --flaskctx-explain FCX203",
            "E   FCX203 shared-copied-context: one copied request context is handed to a",
            "E   second task while the first may still run",
            "handed over again here:",
            ">   second = pool.submit(do_work, 2)",
            "handed over here, by submit(), while serving GET /two (endpoint 'two'):",
            ">   first = pool.submit(do_work, 1)",
            "    pool.submit(copy_current_request_context(do_work), 2)",
            "E   FCX203 shared-copied-context: an application context is handed to a task",
            "E   that pushes it too, and popped without waiting for that",
            "handed over here, by submit(), outside any request:",
            "Or wait for the task before the context is popped: `future.result()`,",
        ],
    )
    assert result.stdout.str().count("handed over again here:") == 1


def test_a_pasted_fix_is_silent(pytester: pytest.Pytester) -> None:
    """As it is told, in the place that it names: the results are the same, and nothing is found."""
    call = "pool.map(do_work, range(5))"
    fix = own_copy(("request",), call, "map")
    pasted = [line.strip() for line in fix.splitlines() if line.startswith("    ")]
    assert f"Put `results` in the place of `{call}`." in fix
    shop = textwrap.dedent(SHOP).partition("def job")[0].partition('@app.get("/two")')[0]
    shop = shop.replace("@copy_current_request_context", "").replace(call, "results")
    before, line, after = shop.partition("    return list(")
    test = "\n\ndef test_map():\n    assert len(app.test_client().get('/five').json) == 5\n"
    pytester.makepyfile(
        "\n".join([before, *(f"    {each}" for each in pasted), line + after, test])
    )
    result = pytester.runpytest_subprocess("-o", "flaskctx=strict", "--flaskctx-report")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*FCX*")
