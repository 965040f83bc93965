"""A mailer opens `current_app.app_context()` inside its thread, too late for `current_app`."""

import threading

import pytest
from flask import Flask, current_app, g

CELL = ("thread", "current_app", "context-in-thread")

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

sent: list[str] = []


def send(text: str) -> None:
    with current_app.app_context():  # LEAK FCX101 current_app
        g.mail = text
        sent.append(g.mail)


class Support:
    """Mails the support team in the background."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    def ask(self, text: str) -> None:
        self.threads.append(threading.Thread(target=lambda: send(text)))
        self.threads[-1].start()  # HANDOVER


@pytest.fixture
def support():
    team = Support()
    yield team
    for thread in team.threads:
        thread.join()


def test_question_is_taken(support) -> None:
    """A question to the support team is taken."""
    app = Flask(__name__)

    @app.post("/support")
    def ask():
        support.ask("It does not work")
        return "we look into it"

    assert app.test_client().post("/support").text == "we look into it"
