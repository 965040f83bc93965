"""A payroll's worker saves what it wrote into the session's store itself, response or no response."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, Response, copy_current_request_context, current_app, session
from flask.sessions import SecureCookieSession, SessionInterface

MUTANT = "session-writes"


class Vault(SessionInterface):
    """Keeps each session's content by its clerk, for as long as the process lives."""

    def __init__(self) -> None:
        self.contents: dict[str, dict[str, object]] = {}

    def open_session(self, app, request):
        return SecureCookieSession(self.contents.get(request.headers["X-Clerk"], {}))

    def save_session(self, app, session, response) -> None:
        if session.modified:
            self.contents[session["clerk"]] = dict(session)


@pytest.fixture
def answered():
    return threading.Event()


@pytest.fixture
def client(answered: threading.Event):
    app = Flask(__name__)
    app.session_interface = Vault()
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/payroll/<clerk>")
    def pay(clerk: str):
        @copy_current_request_context
        def transfer() -> None:
            answered.wait(5)
            session["paid"] = 42
            content = session._get_current_object()
            current_app.session_interface.save_session(current_app, content, Response())

        session["clerk"] = clerk
        app.extensions["transfer"] = pool.submit(transfer)
        return {}, 202

    @app.get("/payroll")
    def show():
        return {"paid": session.get("paid")}

    yield app.test_client()
    pool.shutdown(wait=True)


@pytest.mark.flask_ctx_allow("FCX204", reason="the worker saves what it writes")
def test_payroll_is_paid(client, answered: threading.Event) -> None:
    """What was paid is there when the worker is done."""
    client.post("/payroll/ada", headers={"X-Clerk": "ada"})
    answered.set()
    client.application.extensions["transfer"].result(5)
    assert client.get("/payroll", headers={"X-Clerk": "ada"}).json == {"paid": 42}
