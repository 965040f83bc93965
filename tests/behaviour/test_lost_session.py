"""What a user reads of a session that was changed after its save."""

from __future__ import annotations

import re
import textwrap

import pytest

APP = """
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import pytest
    from flask import Flask, copy_current_request_context, flash, session

    pool = ThreadPoolExecutor(max_workers=1)
    sent = threading.Event()

    app = Flask(__name__)
    app.secret_key = "x"


    @app.post("/jobs/<name>")
    def start(name):
        @copy_current_request_context
        def work():
            sent.wait(20)
            session["secret"] = "4111-" + name

        pool.submit(work)
        return "started"


    @app.post("/carts/<item>")
    def add(item):
        @copy_current_request_context
        def work():
            sent.wait(20)
            session["cart"].append(item)

        session["cart"] = []
        pool.submit(work)
        return "added"


    @app.get("/")
    def index():
        return "hello"


    @app.teardown_request
    def count(error):
        if "count" in app.config:
            session["count"] = 1


    @pytest.fixture(autouse=True)
    def let_go():
        sent.clear()
        yield
        sent.set()
        pool.submit(int).result()


    def post(path):
        assert app.test_client().post(path).status_code == 200
        sent.set()
"""


def told(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    """Run tests of the app."""
    pytester.makepyfile(test_shop=textwrap.dedent(APP) + textwrap.dedent(tests))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--color=no", *options)


def failure(result: pytest.RunResult) -> str:
    """Return what is told of the failure, from its first line to its last."""
    text = result.stdout.str()
    found = re.search(r"^[^\n]*\nE   FCX205.*?^more: .*?$", text, re.MULTILINE | re.DOTALL)
    assert found is not None, text
    return found[0]


def test_a_task_is_told_with_its_line_and_its_hand_over(pytester: pytest.Pytester) -> None:
    """Line, hand-over, request, why and what to write; the value and the path stay out."""
    result = told(pytester, "def test_it(): post('/jobs/nine')")
    result.assert_outcomes(failed=1)
    assert failure(result) == (
        """\
test_shop.py:19: in start.<locals>.work, thread 'ThreadPoolExecutor-0_0'
E   FCX205 lost-session-write: `session['secret']` was set after the session had
E   been saved

changed here:
    def work():
        sent.wait(20)
>       session["secret"] = "4111-" + name
        ^^^^^^^^^^^^^^^^^

handed over here, by submit(), while serving POST /jobs/<name> (endpoint
'start'):
test_shop.py:21: in start
>   pool.submit(work)
    ^^^^^^^^^^^^^^^^^
    called from test_shop.py:57 in post
    called from test_shop.py:59 in test_it

why: Flask saves the session once, when the view's response is made; what is
changed later reaches neither the cookie nor the store, and the next request
finds the old value.

fix: Change it in the view, before the task is handed over:

    session['secret'] = ...

What the task finds out later, keep in a database or cache under the user's id.

more: pytest --flaskctx-explain FCX205"""
    )
    assert "4111-nine" not in result.stdout.str()


def test_a_change_in_place_is_told_where_it_was_handed_over(pytester: pytest.Pytester) -> None:
    """There is one place: the line that changed the list is not known."""
    result = told(pytester, "def test_it(): post('/carts/tea')")
    result.assert_outcomes(failed=1)
    text = failure(result)
    assert "`session['cart']` was changed in place after the\nE   session had" in text
    assert "changed here:" not in text
    assert text.count("pool.submit(work)") == 1


def test_the_requests_own_thread_has_no_hand_over(pytester: pytest.Pytester) -> None:
    """The request is named, and nobody is said to be unknown."""
    result = told(
        pytester,
        """
        def test_it(monkeypatch):
            monkeypatch.setitem(app.config, "count", True)
            app.test_client().get("/")
        """,
    )
    result.assert_outcomes(failed=1)
    text = failure(result)
    assert "\nrequest: GET / (endpoint 'index')\n" in text
    assert "no task is known" not in text
    assert "    @app.after_request\n    def remember(response):\n" in text


def test_a_write_in_the_teardown_is_an_error_of_the_teardown(pytester: pytest.Pytester) -> None:
    """A fixture that lets the task go when the drain gave up still has it told for its test."""
    result = told(
        pytester,
        "def test_it(): assert app.test_client().post('/jobs/nine').status_code == 200",
        "-o",
        "flaskctx_drain_timeout=0.01",
    )
    result.assert_outcomes(passed=1, errors=1)
    assert "in the teardown of its test" in failure(result)


def test_a_block_may_expect_or_allow_it(pytester: pytest.Pytester) -> None:
    """``expect``, ``allow``, the marker and ``drain`` take it as any other leak."""
    result = told(
        pytester,
        """
        def test_expect(flask_ctx_monitor):
            with flask_ctx_monitor.expect("lost-session-write") as caught:
                post("/jobs/nine")
            assert [each.code for each in caught.findings] == ["FCX205"]

        def test_allow(flask_ctx_monitor):
            with flask_ctx_monitor.allow("FCX205", reason="known"):
                post("/carts/tea")

        @pytest.mark.flask_ctx_allow("lost-session-write", reason="known")
        def test_drain(flask_ctx_monitor):
            post("/jobs/nine")
            flask_ctx_monitor.drain()
            assert [each.proxy for each in flask_ctx_monitor.findings] == ["session"]
        """,
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_the_body_of_a_test_may_do_as_it_likes(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    """A preserved client is the test's, also in a fixture; the tests stay green and silent."""
    if options:
        pytest.importorskip("xdist")
    result = told(
        pytester,
        """
        @app.get("/flash")
        def hello():
            flash("hello")
            session["cart"] = []
            return "ok"

        @pytest.fixture
        def client():
            with app.test_client() as client:
                yield client

        def test_body(client):
            from flask import get_flashed_messages
            client.get("/flash")
            assert get_flashed_messages() == ["hello"]
            session["cart"].append(1)
            session["x"] = 1

        def test_transaction(client):
            with client.session_transaction() as content:
                content["x"] = 1
            content["y"] = 1
            client.get("/flash")
            del session["x"]
        """,
        *options,
    )
    result.assert_outcomes(passed=2)
    assert "flaskctx:" not in result.stdout.str()


def test_a_live_server_of_the_whole_session_is_heard(pytester: pytest.Pytester) -> None:
    """Between tests, and in the server's threads, a lost write belongs where its request does."""
    result = told(
        pytester,
        """
        from threading import Thread
        from urllib.request import urlopen
        from werkzeug.serving import make_server

        @pytest.fixture(scope="session")
        def url():
            app.config["count"] = True
            server = make_server("127.0.0.1", 0, app, threaded=True)
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.port}/"
            server.shutdown()

        def test_it(url):
            assert urlopen(url).read() == b"hello"
        """,
    )
    result.assert_outcomes(failed=1)
    text = failure(result)
    assert 'session["count"] = 1' in text
    assert "handed over" not in text
    assert "request: GET / (endpoint 'index')" in text
