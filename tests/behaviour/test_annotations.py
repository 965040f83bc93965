"""Annotations and JUnit: the place that is marked is the leak's own line, not the test's."""

from __future__ import annotations

import os
import re
from xml.etree import ElementTree as ET

import pytest

ANNOTATE = "pytest_github_actions_annotate_failures.plugin"
ANNOTATION = re.compile(r"::error file=(?P<file>.*?),line=(?P<line>\d+)::(?P<message>.*)")
DISTRIBUTED = pytest.mark.parametrize("args", [(), ("-n2",)], ids=["alone", "xdist"])

APP = """
import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, g, request

pool = ThreadPoolExecutor(1)
app = Flask(__name__)
gate = threading.Event()


def work():
    return request.method  # first


def other():
    return g.user  # second


def patient():
    assert gate.wait(20)
    return request.path  # late


@app.get("/leak")
def leak():
    pool.submit(work)
    return "queued"


@app.get("/two")
def two():
    pool.submit(work)
    pool.submit(other)
    return "queued"


@app.get("/late")
def late():
    threading.Thread(target=patient, daemon=True).start()
    return "started"


def get(path):
    assert app.test_client().get(path).status_code == 200
"""
LINES = {
    found[1]: number
    for number, line in enumerate(APP.splitlines(), 1)
    if (found := re.search(r"# (\w+)$", line))
}
LATE = """
    import threading

    def test_early(): views.get("/late")
    def test_next():
        views.gate.set()
        for thread in threading.enumerate():
            if "patient" in thread.name:
                thread.join(20)
    def test_after(): pass
"""


@pytest.fixture
def annotated(pytester, monkeypatch):
    """Return what runs a test file that uses ``src/shop/views.py``, and returns its annotations."""
    pytest.importorskip("pytest_github_actions_annotate_failures")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("GITHUB_WORKSPACE", "PYTEST_RUN_PATH"):
        monkeypatch.delenv(name, raising=False)
    package = pytester.path / "src" / "shop"
    package.mkdir(parents=True)
    (package / "views.py").write_text(APP, encoding="utf-8")
    pytester.makeini(
        "[pytest]\npythonpath = src\naddopts = -p no:cacheprovider -W ignore\n"
        "flaskctx_drain_timeout = 5"
    )
    folder = pytester.mkdir("tests")

    def run(source, *args, of=1):
        text = "\n".join(line.removeprefix("    ") for line in source.splitlines())
        lead = "import pytest\nfrom shop import views\n"
        (folder / "test_shop.py").write_text(lead + text, encoding="utf-8")
        result = pytester.runpytest_subprocess("-p", ANNOTATE, *args)
        found = [match.groupdict() for match in map(ANNOTATION.match, result.errlines) if match]
        assert len(found) == of, result.stderr.str()
        return found

    return run


def place(annotation):
    """Return the file, with slashes, and the line."""
    return annotation["file"].replace(os.sep, "/"), int(annotation["line"])


@DISTRIBUTED
def test_the_leaks_line_is_marked(annotated, args):
    """The line of the application, which lies in another folder, once whoever ran the test."""
    (found,) = annotated("    def test_one(): views.get('/leak')", *args)
    assert place(found) == ("src/shop/views.py", LINES["first"])
    assert "FCX101 unbound-access" in found["message"]
    assert "test_one" in found["message"]
    assert "handed over at src/shop/views.py:" in found["message"]


def test_two_leaks_are_one_mark(annotated):
    """The most certain of them is marked, and it is said that there are more: so pytest reports."""
    (found,) = annotated("    def test_one(): views.get('/two')")
    assert place(found) == ("src/shop/views.py", LINES["first"])
    assert found["message"].endswith("[and 1 more]")


@DISTRIBUTED
def test_a_late_leak_is_marked(annotated, args):
    """So is the line of one that comes when its test is over, for that test."""
    args = (*args, "--dist=loadfile") if args else ()
    (found,) = annotated(LATE, "-o", "flaskctx_drain_timeout=0.02", *args)
    assert place(found) == ("src/shop/views.py", LINES["late"])
    assert "test_early" in found["message"]


def test_each_parameter_has_its_mark(annotated):
    """A parametrized test is marked once a failing parameter, each at its own leak."""
    found = annotated(
        """
        @pytest.mark.parametrize("work", [views.work, len, views.other])
        def test_one(work):
            views.app.view_functions["leak"] = lambda: str(views.pool.submit(work))
            views.get("/leak")
        """.replace("\n    ", "\n"),
        of=2,
    )
    assert [place(each)[1] for each in found] == [LINES["first"], LINES["second"]]
    assert ["test_one[work]" in found[0]["message"], "test_one[other]" in found[1]["message"]] == [
        True,
        True,
    ]


@pytest.mark.parametrize("style", ["long", "short", "line", "no"])
def test_each_style_of_traceback_is_marked(annotated, style):
    """Whatever pytest shows of a failure, the leak's line is marked."""
    (found,) = annotated("    def test_one(): views.get('/leak')", f"--tb={style}")
    assert place(found) == ("src/shop/views.py", LINES["first"])


def test_started_in_another_folder(annotated, pytester, monkeypatch):
    """A run that is started beneath the root directory marks the same file of the repository."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path))
    folder = pytester.path / "tests"
    monkeypatch.chdir(folder)
    (found,) = annotated("    def test_one(): views.get('/leak')", "test_shop.py")
    assert place(found) == ("src/shop/views.py", LINES["first"])


def test_a_failure_of_the_tests_own_is_marked_where_it_is(annotated, pytester):
    """Where the test fails by itself, too, its own line is marked."""
    (found,) = annotated("    def test_one():\n        views.get('/leak')\n        assert 1 == 2")
    assert place(found) == ("tests/test_shop.py", 5)


def test_outside_of_actions_nothing_is_printed(annotated, monkeypatch):
    """Elsewhere the plugin may be installed, as it is beside these tests, and stays quiet."""
    monkeypatch.delenv("GITHUB_ACTIONS")
    annotated("    def test_one(): views.get('/leak')", of=0)


HOSTILE = r"""
    def test_one():
        app = make_app()

        @app.get("/<a>&\"'<b>")
        def view(a, b):
            name = "\x1b[31m]]>\x00<&\"'\ud800\u202e"
            threading.Thread(target=work, name=name).start()
            return "ok"

        app.test_client().get("/1&\"'2")

    @pytest.mark.parametrize("word", ["]]>", "<&\"'", "\u202e"])
    def test_two(client, word):
        client.get("/leak")
"""


@DISTRIBUTED
def test_junit(pytester, run, args):
    """JUnit's file is well-formed whatever things are called, and tells where the leak is."""
    result = run(HOSTILE, "--junitxml=out.xml", "-W", "ignore", *args)
    result.assert_outcomes(failed=4)
    failures = list(ET.parse(pytester.path / "out.xml").iter("failure"))
    assert len(failures) == 4
    (line,) = (
        number
        for number, text in enumerate((pytester.path / "shop.py").read_text().splitlines(), 1)
        if "return request.method" in text
    )
    for failure in failures:
        assert f"(at shop.py:{line}, handed over at " in failure.attrib["message"]
        text = failure.text or ""
        assert text.startswith(f"shop.py:{line}: in work, thread ")
        assert "E   FCX101 unbound-access" in text
        assert "\x1b" not in text
