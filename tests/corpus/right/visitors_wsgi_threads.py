"""Three threads call the app's WSGI function as servers do: each request has its own context."""

import threading

from flask import Flask, request, session
from werkzeug.test import EnvironBuilder, run_wsgi_app

MUTANT = "thread-id"

app = Flask(__name__)
app.secret_key = "visitors"


@app.get("/greet")
def greet():
    session["seen"] = True
    return f"{request.args['name']} {request.method} {session['seen']}"


def call(name: str, bodies: list[str]) -> None:
    environ = EnvironBuilder("/greet", query_string={"name": name}).get_environ()
    chunks, status, _headers = run_wsgi_app(app, environ)
    bodies.append(f"{status}: {b''.join(chunks).decode()}")


def test_every_visitor_is_greeted() -> None:
    """Each thread's request answers with its own visitor's name."""
    bodies: list[str] = []
    threads = [threading.Thread(target=call, args=(n, bodies)) for n in ("Ada", "Bob", "Cy")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bodies) == [f"200 OK: {n} GET True" for n in ("Ada", "Bob", "Cy")]
