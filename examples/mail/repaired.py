"""The view looks the address up and passes it along with the recipient."""

import logging
from threading import Thread

from flask import Flask, current_app, request

app = Flask(__name__)
app.config["MAIL_SENDER"] = "shop@example.org"
log = logging.getLogger(__name__)
outbox: list[tuple[str, str]] = []


def send_welcome(sender: str, recipient: str) -> None:
    try:
        outbox.append((sender, recipient))
    except Exception:
        log.exception("no mail sent to %s", recipient)


@app.post("/register")
def register() -> tuple[str, int]:
    sender = current_app.config["MAIL_SENDER"]
    Thread(target=send_welcome, args=(sender, request.form["email"])).start()
    return "Welcome", 201
