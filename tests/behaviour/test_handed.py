"""Proxies that are handed over, as pytest tells of them."""

from __future__ import annotations

import pytest

SUITE = """
    from concurrent.futures import ThreadPoolExecutor

    from flask import Flask, g, request

    app = Flask(__name__)
    pool = ThreadPoolExecutor(2)

    def work(*things):
        return "done"

    @app.get("/proxy")
    def proxy():
        pool.submit(work, request)
        return "proxy"

    def test_proxy():
        assert app.test_client().get("/proxy").text == "proxy"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite that hands over a proxy."""
    pytester.makepyfile(SUITE)
    return pytester


def test_it_is_told_whole(suite: pytest.Pytester) -> None:
    """What, where, whence, why, and what to write instead; the place is shown once."""
    result = suite.runpytest("--flaskctx=strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   FCX103 proxy-handed-over: the proxy `request` (as argument 1) is itself",
            "E   handed to a task",
            "",
            "handed over here, by submit(), while serving GET /proxy (endpoint 'proxy'):",
            "test_it_is_told_whole.py:13: in proxy",
            ">   pool.submit(work, request)",
            "    ^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "    called from test_it_is_told_whole.py:17 in test_proxy",
            "",
            "why: A proxy is only a name: in the task it stands for what is bound there, if",
            "anything is, and not for what it stood for here.",
            "",
            "fix: Read what the task needs before it is handed over, and pass that:",
            "",
            '    name = request.args["name"]',
        ]
    )
    assert str(result.stdout).count(">   pool.submit(work, request)") == 1


def test_it_is_a_warning_unless_strict(suite: pytest.Pytester) -> None:
    """The test passes, and the report tells of it."""
    result = suite.runpytest("--flaskctx-report")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*FCX103 proxy-handed-over: the proxy `request`*"])
