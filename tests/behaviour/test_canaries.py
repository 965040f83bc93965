"""No value of a request gets into anything that we write, in whatever way it is spelt."""

from __future__ import annotations

import base64
import urllib.parse

import pytest

CANARY = "ca/n+ary{q9Zx}"
"""Never in a source file of the suite below: what is found was read while the tests ran."""

LEAKS = """
    import contextvars
    import io
    import os

    from flask import copy_current_request_context, flash

    canary = os.environ["SHOP_WORD"]
    seen = {}

    def read(event=None):
        if event is not None:
            event.wait(20)
        return request.headers["X-Canary"], request.path, request.full_path

    def session_of():
        return session["user"], g.user

    def change():
        session["user"] = session.get("user", "")

    def give(what):
        return what.args

    def make():
        app = Flask("canary")
        app.secret_key = canary

        @app.before_request
        def remember():
            g.user = canary
            session["user"] = canary
            flash(canary)

        @app.post("/reset/<token>/<path:rest>")
        def reset(token, rest):
            request.form, request.cookies, request.args, request.files, request.get_data()
            late = seen["late"] = threading.Event()
            variables = contextvars.copy_context()
            threading.Thread(target=variables.run, args=(read, late), name="copied").start()
            pool.submit(read)
            pool.submit(session_of)
            pool.submit(change)
            pool.submit(give, request)
            pool.submit(lambda: bool(request) and request.get_json())
            copied = copy_current_request_context(lambda: session.update(user=canary))
            threading.Thread(target=copied).start()
            response = flask_response(canary)
            response.set_cookie("later", canary)
            return response

        @app.get("/whose")
        def whose():
            seen["token"] = request.args["token"]
            again = request.args["token"]
            return seen["token"]

        return app

    def flask_response(text):
        from flask import make_response
        return make_response(text)

    def send(app):
        client = app.test_client()
        client.set_cookie("c", canary)
        quoted = __import__("urllib.parse").parse.quote(canary, safe="")
        client.post(
            f"/reset/{quoted}/{canary}?q={quoted}&{quoted}=1",
            data={"a": canary, canary: "b", "file": (io.BytesIO(canary.encode()), canary)},
            headers={"X-Canary": canary, "Authorization": "Bearer " + canary, "Referer": canary},
        )
        seen["late"].set()
        client.post(f"/{quoted}/nowhere")
        return client

    def test_all():
        send(make())

    def test_fails():
        client = send(make())
        assert client.get("/").status_code == 200

    def visit(client, token):
        return client.get("/whose", query_string={"token": token + canary}).text

    def test_bleeds(flask_ctx_isolation):
        flask_ctx_isolation(visit, app=make())
"""


def spelt(word: str) -> list[str]:
    """Return the ways in which a value may be hidden in a text."""
    data = word.encode()
    encoded = base64.b64encode(data).decode().rstrip("=")
    return [
        word,
        word[:8],
        urllib.parse.quote(word),
        urllib.parse.quote(word, safe=""),
        urllib.parse.quote_plus(word),
        encoded,
        encoded[:10],
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        data.hex(),
        repr(word)[1:-1],
    ]


@pytest.mark.parametrize("ways", [(), ("-n2",)], ids=["alone", "xdist"])
def test_no_value_of_a_request_is_written(pytester, run, monkeypatch, ways):
    """Path, query, headers, cookies, form, files, body, session, ``g``: none of it, anywhere."""
    monkeypatch.setenv("SHOP_WORD", CANARY)
    result = run(
        LEAKS,
        *ways,
        "-vv",
        "--tb=short",
        "--flaskctx=strict",
        "--flaskctx-report",
        "--flaskctx-json=out.json",
        "--flaskctx-html=out.html",
        "--flaskctx-sarif=out.sarif",
        "--flaskctx-baseline=leaks.txt",
        "--flaskctx-update-baseline",
        "--junitxml=out.xml",
        "-W",
        "ignore",
    )
    result.assert_outcomes(passed=2, failed=1)
    told = result.stdout.str()
    for code in ("FCX101", "FCX102", "FCX201", "FCX204", "FCX401"):
        assert code in told, code
    names = ("out.json", "out.html", "out.sarif", "leaks.txt", "out.xml")
    texts = {name: (pytester.path / name).read_text() for name in names}
    texts["printed"] = told
    texts["errors"] = result.stderr.str()
    for name, text in texts.items():
        found = [word for word in spelt(CANARY) if word in text]
        lines = [line for line in text.splitlines() if any(word in line for word in found)]
        assert not lines, f"{name} shows it"
        assert "/reset/" in text or name in ("leaks.txt", "out.xml", "errors"), name


def test_no_value_of_a_request_is_in_a_failure(run, monkeypatch):
    """Nor in the failures that an update of the baseline keeps quiet."""
    monkeypatch.setenv("SHOP_WORD", CANARY)
    result = run(LEAKS, "-vv", "--tb=long", "--flaskctx=strict", "-W", "ignore")
    result.assert_outcomes(failed=3)
    text = result.stdout.str()
    assert not [line for line in text.splitlines() if any(word in line for word in spelt(CANARY))]


def test_no_value_of_a_request_is_in_a_repair(run, monkeypatch):
    """The diff is made of source, and so are the reasons for none."""
    monkeypatch.setenv("SHOP_WORD", CANARY)
    result = run(LEAKS, "--flaskctx=strict", "--flaskctx-fix=diff", "-W", "ignore")
    for text in (result.stdout.str(), result.stderr.str()):
        assert not [word for word in spelt(CANARY) if word in text]
    assert "is not repaired" in result.stderr.str()
