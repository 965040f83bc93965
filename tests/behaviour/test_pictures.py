"""The page of a run: each leaking test has its picture, by whichever way its leak came."""

from __future__ import annotations

import html
import os
import re

import pytest

LATE = """
    def test_early(client): client.get("/late")

    def test_next():
        gate.set()
        assert gone.wait(20)
        for thread in threading.enumerate():
            if "patient" in thread.name:
                thread.join()
"""
WAYS = pytest.mark.parametrize("ways", [(), ("-n1",)], ids=["alone", "xdist"])


@pytest.fixture
def page(pytester, run):
    """Return a function that runs tests and returns what is to be read on their page."""

    def page(source, *args, **more):
        run(source, "--flaskctx-html=out.html", "-W", "ignore", *args, **more)
        text = (pytester.path / "out.html").read_text()
        return text.count("<svg"), " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())

    return page


@WAYS
def test_a_leak_is_drawn(page, ways):
    """Whose task read what, and when its request had ended by then."""
    drawings, text = page("def test_one(client): client.get('/leak')", *ways)
    assert drawings >= 1
    assert "Task work (ThreadPoolExecutor-" in text
    assert re.search(r"read request (while|[\d.]+ m?s after) GET /leak", text)
    assert "in a thread that has no context" in text


@WAYS
def test_a_late_leak_is_drawn(page, ways):
    """The picture of a test that was over goes on to where its task woke up."""
    drawings, text = page(LATE, *ways, drain=0.02)
    assert drawings >= 1
    assert re.search(
        r"Task patient \(Thread-\d+ \(patient\)\) read request .* after GET /late", text
    )


@WAYS
def test_what_a_block_leaks_is_drawn_with_its_test(page, ways):
    """A block that is judged by itself is a part of the test's time."""
    source = """
        def test_one(client, flask_ctx_monitor):
            with flask_ctx_monitor.allow("FCX101", reason="soon"):
                client.get("/leak")
            client.get("/thread")
    """
    drawings, text = page(source, *ways)
    assert drawings >= 1
    assert "soon" in text
    assert "/leak" in text
    assert "/thread" in text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@WAYS
def test_what_a_child_process_leaks_is_drawn(page, ways):
    """In a lane of that process; of one that leaks nothing, that it ran elsewhere."""
    source = """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        def test_one():
            app = Flask("forking")
            forks = multiprocessing.get_context("fork")
            children = ProcessPoolExecutor(1, mp_context=forks)

            @app.get("/plain")
            def plain():
                return children.submit(str, 1).result()

            @app.get("/forked")
            def forked():
                children.submit(work)
                return "queued"

            client = app.test_client()
            client.get("/plain")
            client.get("/forked")
            children.shutdown()
    """
    _, text = page(source, *ways)
    assert "another process" in text
    assert re.search(r"MainThread of Fork\w+-\d+", text)
    assert re.search(r"read the request of another GET /plain", text)


@WAYS
def test_what_is_no_access_is_drawn(page, ways):
    """A finding of another kind has its moment, too, and says what it is in its own words."""
    source = """
        from flask import copy_current_request_context

        def test_one():
            app = Flask("copying")

            @app.get("/copied")
            def copied():
                threading.Thread(target=copy_current_request_context(patient)).start()
                return "queued"

            app.test_client().get("/copied")
            gate.set()
    """
    drawings, text = page(source, "--flaskctx=strict", *ways)
    assert drawings >= 1
    assert "FCX204" in text


def test_a_run_without_leaks_has_a_page_too(page):
    """It says that there are none."""
    drawings, text = page("def test_one(client): client.get('/right')")
    assert drawings == 0
    assert "No context leaks" in text


def test_what_fails_while_drawing_costs_no_finding(pytester, page):
    """A picture of ours that cannot be made is missed, and said to be."""
    pytester.makeconftest(
        """
        import pytest_flaskctx.chronicle

        def broken(self, test):
            raise RuntimeError

        pytest_flaskctx.chronicle.Chronicle.timeline = broken
        """
    )
    drawings, text = page("def test_one(client): client.get('/leak')")
    assert drawings == 0
    assert "FCX101" in text
    assert "drawing a test failed: RuntimeError" in text
