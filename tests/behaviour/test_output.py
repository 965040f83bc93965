"""What stands on the terminal, under pytest's own settings for it."""

from __future__ import annotations

import json
import os
import textwrap

import pytest

LEAK = "def test_one(client): client.get('/leak')"
OWN = "def test_one(client):\n    client.get('/leak')\n    assert 1 == 2"
SECRETS = """
    import pathlib

    def secretly(incoming):
        return incoming.method

    def test_one():
        app = Flask("secretive")
        app.secret_key = "SECRET-key"

        @app.post("/reset/<token>")
        def reset(token):
            session["user"] = "SECRET-session"
            request.form, request.cookies, request.headers, request.args
            pool.submit(work)
            threading.Thread(target=patient, name="\\x1b[31mred\\x1b]0;title\\x07").start()
            return "ok"

        client = app.test_client()
        client.set_cookie("c", "SECRET-cookie")
        gate.set()
        client.post("/reset/SECRET-path?q=SECRET-query", data={"a": "SECRET-body"},
                    headers={"X-Token": "SECRET-header", "Authorization": "Bearer SECRET-auth"})
        client.post("/SECRET-nowhere")
"""


@pytest.mark.parametrize("args", [("-vv", "--flaskctx-report", "-l"), ("--tb=long",), ("-n1",)])
def test_no_request_data(pytester, run, args):
    """Nothing of a request but method, rule and endpoint is shown, in no output."""
    result = run(SECRETS, "--flaskctx-json=out.json", "--junitxml=out.xml", "-W", "ignore", *args)
    result.assert_outcomes(failed=1)
    for text in (
        result.stdout.str(),
        (pytester.path / "out.json").read_text(),
        (pytester.path / "out.xml").read_text(),
    ):
        lines = [line for line in text.splitlines() if "SECRET" in line]
        assert lines == [], "not even of the test's source: it is not ours to show"
        assert "/reset/<token>" in text or "/reset/&lt;token&gt;" in text


def test_control_characters(run):
    """Control characters in names are spelt out, so that nothing moves the cursor."""
    result = run(SECRETS, "-W", "ignore", "--flaskctx-report", "--color=no")
    assert "\x1b" not in result.stdout.str()
    result.stdout.fnmatch_lines([r"*thread '\x1b[[]31mred*"])


def test_width_of_prose(run, monkeypatch):
    """Prose keeps to 80 columns; only source, names and paths may be longer."""
    monkeypatch.setenv("COLUMNS", "80")
    # pytest does not shorten its summary there.
    monkeypatch.delenv("CI", raising=False)
    result = run(LEAK, "--flaskctx-report")
    started = next(n for n, line in enumerate(result.outlines) if line.startswith("test_shop.py"))
    assert max(map(len, result.outlines[started:])) <= 100
    failure = result.stdout.str().partition("FAILURES")[2]
    assert failure
    assert all(len(line) <= 80 for line in failure.splitlines() if "thread '" not in line)


@pytest.mark.parametrize(
    ("args", "env", "coloured"),
    [
        (["--color=yes"], {}, True),
        (["--color=no"], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour(run, monkeypatch, args, env, coloured):
    """Colour follows --color and NO_COLOR."""
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    result = run(LEAK, *args, in_process=True)
    assert ("\x1b[" in result.stdout.str()) is coloured


@pytest.mark.parametrize("style", ["auto", "long", "short", "line", "native", "no"])
def test_traceback_styles(run, style):
    """Each --tb shows as much as it does for other failures."""
    result = run(LEAK, f"--tb={style}", in_process=True)
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    failures = text.partition("= FAILURES =")[2].partition("= flaskctx =")[0]
    assert ("FCX101" in failures) is (style != "no")
    assert ("fix: Read the value" in failures) is (style not in ("line", "no"))
    assert ("    def work():" in failures) is (style not in ("line", "no", "short"))
    result.stdout.fnmatch_lines(["FAILED test_shop.py::test_one - FCX101*"])


@pytest.mark.parametrize(
    ("args", "summary", "unfolded"),
    [(["-q"], True, False), (["-qq"], False, False), (["-v"], True, False), (["-vv"], True, True)],
)
def test_verbosity(run, args, summary, unfolded):
    """From -qq on the summary is silent; -vv unfolds all frames."""
    result = run(LEAK, *args, in_process=True)
    text = result.stdout.str()
    assert ("flaskctx: 1 leak site in 1 test: 1 error" in text) is summary
    assert ("[stdlib]" in text) is unfolded


def test_findings_are_no_captured_output(run):
    """--show-capture=no hides what a test printed, not what it leaked."""
    result = run(OWN, "--show-capture=no", in_process=True)
    result.stdout.fnmatch_lines(["*the test leaked a context, too*", "fix: *"])


def test_json(pytester, run):
    """The document has the keys that are promised, and nothing else."""
    run(LEAK, "--flaskctx-json=deep/out.json", in_process=True)
    document = json.loads((pytester.path / "deep" / "out.json").read_text())
    assert document["version"] == 1
    assert set(document) == {"version", "tool", "summary", "findings"}
    assert set(document["tool"]) == {"name", "version", "python", "flask", "disabled_probes"}
    assert document["summary"] == document["summary"] | {"findings": 1, "accesses": 1, "tests": 1}
    (finding,) = document["findings"]
    assert set(finding) == {
        "code",
        "rule",
        "level",
        "status",
        "allowed",
        "tests",
        "phase",
        "proxy",
        "expression",
        "file",
        "line",
        "column",
        "end_column",
        "function",
        "thread",
        "process",
        "stack",
        "origin",
        "request",
        "context",
        "bleed",
        "message",
        "hint",
        "patch",
        "count",
        "fingerprint",
    }
    assert finding["file"] == "shop.py"
    assert finding["tests"] == ["test_shop.py::test_one"]
    assert finding["request"] == {"method": "GET", "rule": "/leak", "endpoint": "leak"}
    assert finding["origin"]["expression"] == "pool.submit(work)"


@pytest.mark.parametrize("args", [(), ("-n1",)], ids=["alone", "xdist"])
def test_json_that_cannot_be_written(run, args):
    """A file that cannot be written when the run is over is said to be missing, and no more."""
    result = run(
        """
        import pathlib

        def test_one(client, pytestconfig):
            (pytestconfig.rootpath / "out.json").mkdir()
            client.get("/leak")
        """,
        "--flaskctx-json=out.json",
        *args,
    )
    result.assert_outcomes(failed=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["flaskctx: --flaskctx-json: nothing was written: *"])
    assert "INTERNALERROR" not in result.stdout.str()


@pytest.mark.parametrize("args", [(), ("-n1",)], ids=["alone", "xdist"])
def test_a_report_that_fails_costs_no_other(pytester, run, args):
    """Where we make a mistake in one, it is said where, not with what; the others are written."""
    pytester.makeconftest(
        """
        import pytest_flaskctx.reports.html

        def broken(*args, **kwargs):
            raise RuntimeError("SECRET")

        pytest_flaskctx.reports.html.document = broken
        """
    )
    reports = [f"--flaskctx-{kind}=out.{kind}" for kind in ("html", "json", "sarif")]
    result = run(LEAK, *reports, *args)
    result.assert_outcomes(failed=1)
    told = " ".join(result.stdout.str().split())
    assert "flaskctx: --flaskctx-html: nothing was written: RuntimeError in pytest_flaskctx" in told
    assert "SECRET" not in told
    assert [(pytester.path / f"out.{kind}").exists() for kind in ("html", "json", "sarif")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("quiet", ["-q", "-qq"])
def test_a_report_that_is_missing_is_said_however_quiet_the_run(pytester, run, quiet):
    """Who asks for a file and for silence wants the file."""
    source = LEAK.replace("client.get", "open('made', 'w'); os.mkdir('out.json'); client.get")
    result = run(f"import os\n{source}", "--flaskctx-json=out.json", quiet, in_process=True)
    result.stdout.fnmatch_lines(["flaskctx: --flaskctx-json: nothing was written: *"])


def test_sarif_alone(pytester, run):
    """Each file is written whether or not others are."""
    run(LEAK, "--flaskctx-sarif=out.sarif", in_process=True)
    (whole,) = json.loads((pytester.path / "out.sarif").read_text())["runs"]
    assert [each["ruleId"] for each in whole["results"]] == ["FCX101"]


LIBRARY = """
    import threading
    from flask import request

    def audit(message):
        return request.headers["X-Id"] + message

    class Service:
        def __init__(self, function):
            self.function = function

        def start(self):
            threading.Thread(target=self.function).start()
"""


def test_no_library_is_to_be_changed(pytester, run, monkeypatch):
    """Where its function reads the request, or its object starts the thread, the user's lines do."""
    packages = pytester.mkdir("site-packages")
    (packages / "somelib.py").write_text(textwrap.dedent(LIBRARY))
    monkeypatch.setenv("PYTHONPATH", str(packages), prepend=os.pathsep)
    result = run(
        """
        import somelib

        def mine():
            request.path

        def test_one():
            app = make_app()

            @app.get("/audit")
            def audited():
                pool.submit(somelib.audit, "x")
                return "ok"

            @app.get("/service")
            def served():
                somelib.Service(mine).start()
                return "ok"

            for path in ("/audit", "/service"):
                assert app.test_client().get(path).text == "ok"
        """,
        "-W",
        "ignore",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines_random(
        [
            "    result = somelib.audit(...)",
            "Give the library `partial(mine, path=path)` for `mine`, *",
        ]
    )
