"""Proxies and real objects that are handed over, as pytest tells of them."""

from __future__ import annotations

import textwrap

import pytest

from pytest_flaskctx.hints import own_value

SUITE = """
    from concurrent.futures import ThreadPoolExecutor

    from flask import Flask, g, request

    app = Flask(__name__)
    pool = ThreadPoolExecutor(2)

    def work(visit):
        return "done" or visit.path

    @app.get("/proxy")
    def proxy():
        pool.submit(work, request)
        return "proxy"

    @app.get("/real")
    def real():
        pool.submit(request.get_json, silent=True)
        return "real"

    def test_proxy():
        assert app.test_client().get("/proxy").text == "proxy"

    def test_real():
        assert app.test_client().get("/real").text == "real"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite that hands over a proxy, and a real object."""
    pytester.makepyfile(SUITE)
    return pytester


def test_each_is_told_whole(suite: pytest.Pytester) -> None:
    """What, where, whence, why, and what to write instead; the place is shown once."""
    result = suite.runpytest("--flaskctx=strict")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "test_each_is_told_whole.py:13: in proxy",
            "E   FCX103 proxy-handed-over: the proxy `request` (as argument 1) is itself",
            "E   handed to a task",
            "",
            "handed over here, by submit(), while serving GET /proxy (endpoint 'proxy'):",
            ">   pool.submit(work, request)",
            "    ^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "    called from test_each_is_told_whole.py:22 in test_proxy",
            "",
            "why: A proxy is only a name: in the task it stands for what is bound there, if",
            "anything is, and not for what it stood for here.",
            "",
            "fix: Read what the task needs before it is handed over, and pass that:",
            "    path = request.path",
            "    pool.submit(work, path)",
            "Let `work` take `path`, and use it in place of `visit.path`.",
            "E   FCX206 escaped-object: the real object behind `request` (by its method",
            "E   `get_json`) is handed to a task that the request does not wait for",
            "",
            "handed over here, by submit(), while serving GET /real (endpoint 'real'):",
            "why: When the request is over its body is closed, its session is saved and its",
            "`g` torn down: what the task then reads fails or is empty, and what it writes is",
            "lost.",
            "fix: Read what the task needs of `request` before it is handed over, and pass",
            "that. For example:",
            "",
            "    data = request.get_json()",
        ]
    )
    assert str(result.stdout).count(">   pool.submit(work, request)") == 1


def test_each_is_a_warning_unless_strict(suite: pytest.Pytester) -> None:
    """The tests pass, and the report tells of them."""
    result = suite.runpytest("--flaskctx-report")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*FCX103 proxy-handed-over: the proxy `request`*",
            "*FCX206 escaped-object: the real object*",
        ]
    )


def test_no_data_is_shown(pytester: pytest.Pytester) -> None:
    """A keyword that came with the request stands neither in the report nor in the JSON."""
    pytester.makepyfile(
        """
        import threading
        from concurrent.futures import ThreadPoolExecutor
        from functools import partial

        from flask import Flask, g, request

        app = Flask(__name__)
        pool = ThreadPoolExecutor(2)

        class Name(str):
            def __format__(self, spec):
                raise ValueError(self)

        class Job(threading.Thread):
            def __getattr__(self, name):
                raise KeyError("tok" + "en7-" + name)

            def run(self):
                work()

        def work(**things):
            return "done"

        @app.get("/")
        def view():
            token = request.headers["X-Token"]
            pool.submit(work, **{token: g}).result()
            pool.submit(partial(work, **{Name(token): request})).result()
            pool.submit(work, **{token: g._get_current_object()})
            job = Job()
            setattr(job, token, g)
            job.start()
            return "ok"

        def test_view():
            token = "tok" + "en7-x"
            assert app.test_client().get("/", headers={"X-Token": token}).text == "ok"
        """
    )
    result = pytester.runpytest(
        "--flaskctx=strict", "--flaskctx-report", "--flaskctx-json=out.json"
    )
    result.assert_outcomes(failed=1)
    text = " ".join(result.stdout.str().split())
    assert "the proxy `g` (as a keyword) is itself" in text
    assert "the proxy `g` (as an attribute) is itself" in text
    assert "the real object behind `g` (as a keyword) is" in text
    assert "switched itself off" not in text
    for output in (text, (pytester.path / "out.json").read_text()):
        assert "token7" not in output


def test_a_pasted_fix_is_silent(pytester: pytest.Pytester) -> None:
    """As it is told, with the function that takes the value; nothing is found any more."""
    call = "pool.submit(work, request)"
    shop = textwrap.dedent(SUITE).partition('@app.get("/real")')[0]
    test = "\ndef test_proxy():\n    assert app.test_client().get('/proxy').text == 'proxy'\n"
    fix = own_value(["request"], call, "proxy", "submit", lambda *which: ["visit.path"])
    pasted = "\n".join(line for line in fix.splitlines() if line.startswith("    "))
    shop = shop.replace("    " + call, pasted).replace("(visit)", "(path)")
    pytester.makepyfile(shop.replace("visit.path", "path").replace("visit", "path") + test)
    result = pytester.runpytest("--flaskctx=strict", "--flaskctx-report")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*FCX*")


def test_what_the_function_uses_is_not_known(pytester: pytest.Pytester) -> None:
    """An example stands for it; what a library hands over has no fix."""
    pytester.makepyfile(SUITE.replace(" or visit.path", ""))
    result = pytester.runpytest("--flaskctx=strict")
    result.stdout.fnmatch_lines(
        [
            "    data = request.json  # or what else the task needs of it",
            "    pool.submit(work, data)",
        ]
    )
