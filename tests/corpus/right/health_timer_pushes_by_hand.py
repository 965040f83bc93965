"""A health check's `Timer` pushes and pops its app context by hand, in `try` and `finally`."""

import threading

from flask import Flask, current_app
from flask.globals import app_ctx

MUTANT = "no-own-context"

app = Flask(__name__)
app.config["CHECKS"] = ["disk", "mail"]
health: dict[str, str] = {}


def check_health() -> None:
    context = app.app_context()
    context.push()
    try:
        for check in current_app.config["CHECKS"]:
            health[check] = app_ctx.app.name
    finally:
        context.pop()


@app.post("/health")
def start():
    timer = threading.Timer(0, check_health)
    timer.start()
    timer.join()
    return health


def test_all_checks_run() -> None:
    """Every configured check has run when the view answers."""
    checked = app.test_client().post("/health").json
    assert checked == {"disk": __name__, "mail": __name__}
