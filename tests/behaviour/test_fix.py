"""Repairs: as one diff on the standard output, in the reports, and with ``-v`` in the failure."""

from __future__ import annotations

import json
import subprocess

import pytest

pytest.importorskip("libcst")

APP = """
    from concurrent.futures import ThreadPoolExecutor

    from flask import Flask, request

    app = Flask(__name__)
    pool = ThreadPoolExecutor(1)
    sent = []


    def send():
        sent.append(request.args["to"])  # a comment that stays


    @app.get("/mail")
    def mail():
        pool.submit(send)
        return "queued"


    def note():
        sent.append(f"from {request}")


    @app.get("/note")
    def noted():
        pool.submit(note)
        return "queued"
"""
TESTS = """
    from app import app

    def test_mail():
        app.test_client().get("/mail?to=mia")

    def test_note():
        app.test_client().get("/note")
"""
LINES = [
    "--- a/app.py",
    "+++ b/app.py",
    "@@ -9,13 +9,14 @@",
    " sent = []",
    " ",
    " ",
    "-def send():",
    '-    sent.append(request.args["to"])  # a comment that stays',
    "+def send(to):",
    "+    sent.append(to)  # a comment that stays",
    " ",
    " ",
    ' @app.get("/mail")',
    " def mail():",
    "-    pool.submit(send)",
    '+    to = request.args["to"]',
    "+    pool.submit(send, to)",
    '     return "queued"',
    " ",
    " ",
]
PATCH = "".join(f"{line}\n" for line in LINES)
MISSING = """
    import sys
    sys.modules["libcst"] = None
"""


@pytest.fixture
def project(pytester):
    """Write the app and its tests, and return how to run them."""
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider\npythonpath = .\n")
    text = "\n".join(line[4:] for line in APP.splitlines())
    (pytester.path / "app.py").write_text(f'"""An app."""\n{text}'.replace('"""\n\n', '"""\n\n'))
    pytester.makepyfile(test_app=TESTS)

    def run(*args, in_process=False):
        start = pytester.runpytest_inprocess if in_process else pytester.runpytest_subprocess
        return start(*args)

    return run


def printed(result):
    """Return the standard output, to the last end of a line."""
    return "".join(f"{line}\n" for line in result.outlines).lstrip("\n")


def apply(text, folder):
    """Let git apply a diff in a folder."""
    command = ["git", "apply", "--verbose"]
    subprocess.run(command, input=text, text=True, cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("ways", [(), ("-n2",)], ids=["alone", "xdist"])
def test_the_standard_output_is_the_diff(pytester, project, ways):
    """What pytest prints goes to the standard error, with what was not repaired, and why."""
    result = project("--flaskctx-fix=diff", *ways)
    assert result.ret == 1
    assert printed(result) == PATCH
    told = " ".join(result.stderr.str().split())
    assert "2 failed" in told
    assert "apply it there" not in told
    assert "flaskctx: --flaskctx-fix: 1 of 2 leak sites are repaired" in told
    assert "app.py:23: FCX101 is not repaired: `request` is used as a whole" in told
    apply(printed(result), pytester.path)
    again = project()
    again.assert_outcomes(passed=1, failed=1)
    assert "test_note" in again.stdout.str().partition("short test summary")[2]


def test_paths_are_those_of_the_repository(pytester, project, monkeypatch):
    """``git apply`` takes them from the top of the repository, where pytest may not have run."""
    pytester.mkdir(".git")
    inner = pytester.mkdir("inner")
    for name in ("app.py", "test_app.py", "tox.ini"):
        (pytester.path / name).rename(inner / name)
    monkeypatch.chdir(inner)
    result = project("--flaskctx-fix=diff")
    assert printed(result).splitlines()[:2] == ["--- a/inner/app.py", "+++ b/inner/app.py"]
    said = " ".join(result.stderr.str().split())
    assert f"its paths begin at {pytester.path}: apply it there" in said


def test_known_leaks_are_repaired_and_allowed_ones_are_not(pytester, project):
    """A baseline is there to shrink; what somebody allowed stays as it is."""
    known = project(
        "--flaskctx-fix=diff", "--flaskctx-baseline=leaks.txt", "--flaskctx-update-baseline"
    )
    assert (known.ret, printed(known)) == (0, PATCH)
    allow = "flaskctx_allow=FCX101 : app.py : soon"
    allowed = project("--flaskctx-fix=diff", "-o", allow)
    assert (allowed.ret, allowed.stdout.str()) == (0, "")
    assert "--flaskctx-fix" not in allowed.stderr.str()


def test_reports_hold_each_patch(pytester, project):
    """JSON has it with paths from the root directory, the page with its colours."""
    project("--flaskctx-json=out.json", "--flaskctx-html=out.html", in_process=True)
    found = json.loads((pytester.path / "out.json").read_text())["findings"]
    assert [each["patch"] for each in found] == [PATCH, None]
    assert "pool.submit" in (pytester.path / "out.html").read_text()


@pytest.mark.parametrize("ways", [(), ("-n1",)], ids=["alone", "xdist"])
def test_verbose_failures_show_the_patch(project, ways):
    """With ``-v`` it stands under the fix, and in the full report."""
    quiet, verbose = project(*ways), project("-v", "--flaskctx-report", *ways)
    assert "patch (git apply, in the root directory):" not in quiet.stdout.str()
    failures, _, report = verbose.stdout.str().partition("= flaskctx =")
    for text in (failures, report):
        assert text.count("patch (git apply, in the root directory):") == 1
        assert "\n+    pool.submit(send, to)\n" in text


@pytest.mark.parametrize("ways", [(), ("-n1",)], ids=["alone", "xdist"])
def test_without_libcst(pytester, project, ways):
    """What is missing is said, with how to get it; reports have no patch, and nothing fails."""
    pytester.makeconftest(MISSING)
    result = project("--flaskctx-fix=diff", "--flaskctx-json=out.json", "-v", *ways)
    assert result.stdout.str() == ""
    told = " ".join(result.stderr.str().split())
    assert "pip install 'pytest-flaskctx[fix]'" in told
    assert "0 of 2 leak sites are repaired" in told
    found = json.loads((pytester.path / "out.json").read_text())["findings"]
    assert [each["patch"] for each in found] == [None, None]


def test_a_patch_that_cannot_be_made_costs_no_finding(pytester, project):
    """Our own failure there is no failure of the report."""
    pytester.makeconftest(
        """
        import pytest_flaskctx.repairs

        def broken(*args):
            raise RuntimeError("boom")

        pytest_flaskctx.repairs.repair_each = pytest_flaskctx.repairs.combined = broken
        """
    )
    result = project("--flaskctx-fix=diff", "--flaskctx-json=out.json")
    assert result.ret == 1
    assert result.stdout.str() == ""
    told = " ".join(result.stderr.str().split())
    assert "flaskctx: the repairs failed: RuntimeError in pytest_flaskctx.plugin.repairing," in told
    assert "flaskctx: making patches failed: RuntimeError in pytest_flaskctx" in told
    assert len(json.loads((pytester.path / "out.json").read_text())["findings"]) == 2


def test_without_a_terminal_plugin(project):
    """The diff needs no report beside it."""
    result = project("--flaskctx-fix=diff", "-p", "no:terminal", "-p", "no:timeout")
    assert printed(result) == PATCH


def test_nothing_to_repair(pytester, project):
    """A clean run prints nothing at all on the standard output."""
    pytester.makepyfile(test_app="def test_it(): pass")
    result = project("--flaskctx-fix=diff")
    assert (result.ret, result.stdout.str()) == (0, "")
