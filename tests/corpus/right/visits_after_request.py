"""Visits are counted by functions that run after the request, before its session is saved."""

from flask import Flask, after_this_request, session

MUTANT = "session-writes"

app = Flask(__name__)
app.secret_key = "visits"


@app.after_request
def count(response):
    session["visits"] = session.get("visits", 0) + 1
    session.setdefault("pages", []).append(response.status_code)
    return response


@app.get("/museum")
def museum():
    @after_this_request
    def remember(response):
        session["last"] = "museum"
        return response

    return {"visits": session.get("visits", 0), "last": session.get("last")}


@app.teardown_request
def check(error: BaseException | None) -> None:
    assert session["visits"] == len(session["pages"])
    session.pop("no such key", None)


def test_visits_are_counted() -> None:
    """The second visit knows of the first."""
    client = app.test_client()
    assert client.get("/museum").json == {"visits": 0, "last": None}
    assert client.get("/museum").json == {"visits": 1, "last": "museum"}
    with client.session_transaction() as visit:
        assert visit["pages"] == [200, 200]
