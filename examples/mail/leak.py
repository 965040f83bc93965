"""The thread has no application context; `except Exception` turns the error into a log line."""

import logging
from threading import Thread

from flask import Flask, current_app, request

app = Flask(__name__)
app.config["MAIL_SENDER"] = "shop@example.org"
log = logging.getLogger(__name__)
outbox: list[tuple[str, str]] = []


def send_welcome(recipient: str) -> None:
    try:
        outbox.append((current_app.config["MAIL_SENDER"], recipient))
    except Exception:
        log.exception("no mail sent to %s", recipient)


@app.post("/register")
def register() -> tuple[str, int]:
    Thread(target=send_welcome, args=(request.form["email"],)).start()
    return "Welcome", 201
