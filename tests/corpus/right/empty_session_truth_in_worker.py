"""A worker's own request context has an empty, hence false, `session`: bound, and no guard."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, current_app, g, request, session

MUTANT = "truth-as-fail"

app = Flask(__name__)
app.secret_key = "empty"


def first_visit() -> dict[str, bool]:
    with app.test_request_context("/welcome"):
        empty = not session
        session["seen"] = True
        return {"empty": empty, "now": bool(session), "all": bool(request and g and current_app)}


@app.get("/preview")
def preview():
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(first_visit).result(5)


def test_preview_is_a_first_visit() -> None:
    """A previewed page sees an empty session, then a full one."""
    assert app.test_client().get("/preview").json == {"empty": True, "now": True, "all": True}
