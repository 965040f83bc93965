"""Under pytest-xdist nothing is lost and nothing told twice."""

from __future__ import annotations

import json

import pytest

SUITE = """
    import os

    def test_right(client): client.get("/right")
    def test_leak(client): client.get("/leak")
    def test_own(client):
        client.get("/leak")
        assert 1 == 2
    def test_result(client): client.get("/result")
    @pytest.mark.flask_ctx_allow("FCX101", reason="known since 2019")
    def test_allowed(client): client.get("/leak")
    @pytest.mark.flask_ctx_allow("FCX102", reason="was repaired")
    def test_unused(client): pass
    @pytest.mark.flask_ctx_strict
    def test_strict(client): client.get("/guard")
    @pytest.mark.xfail(raises=KeyError)
    def test_xfail(client): client.get("/leak")
"""


def test_the_same_as_alone(pytester, run):
    """Outcomes, JSON and report of two workers are those of one process."""
    documents, texts = [], []
    for number, args in enumerate(((), ("-n2",))):
        file = f"out{number}.json"
        result = run(SUITE, f"--flaskctx-json={file}", "--flaskctx-report", *args)
        result.assert_outcomes(passed=3, failed=5)
        documents.append(_steady(json.loads((pytester.path / file).read_text())))
        texts.append(result.stdout.str())
    assert documents[0] == documents[1]
    for text in texts:
        assert text.count("leaked a context, too") == 1
        assert "--- allowed: 1 ---" in text
        assert "FCX102 : " in text.partition("allowances that met nothing:")[2]
        assert text.count("known since 2019") == 1


def _steady(document: dict) -> dict:
    """Leave out what may vary from run to run: threads, processes, what other plugins start."""

    def clean(value):
        if isinstance(value, dict):
            return {
                key: clean(item)
                for key, item in value.items()
                if key not in ("thread", "process", "owner_thread", "handovers")
            }
        return [clean(item) for item in value] if isinstance(value, list) else value

    return clean(document)


def test_crash(run):
    """After the crash of a worker it is said what may be missing."""
    result = run(
        """
        import os
        def test_crash(client):
            client.get("/leak")
            os._exit(3)
        """,
        "-n1",
        "--max-worker-restart=0",
    )
    assert result.ret != 0
    result.stdout.fnmatch_lines(["flaskctx: worker gw0 crashed: leaks of the test that it ran*"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_many_workers_that_run_nothing(run):
    """A worker without a test says nothing, and is not called crashed."""
    result = run("def test_one(client): client.get('/right')", "-n2")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*crashed*")


@pytest.mark.parametrize("plugin", ["xdist", "timeout", "terminal", "junitxml", "threadexception"])
def test_without_a_neighbour(run, plugin):
    """The plugin works where another one is switched off."""
    result = run("def test_one(client): client.get('/leak')", "-p", f"no:{plugin}")
    assert result.ret == 1
    text = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in text
