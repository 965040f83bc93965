"""A ballet's programme is set by two threads with a copied context each, joined by the view."""

import threading
from contextvars import copy_context

from flask import Flask, request, session

MUTANT = "copied-context"


def set_part(number: int, parts: dict[int, str]) -> None:
    title = request.args.getlist("part")[number]
    parts[number] = f"{number + 1}. {title} ({session['season']})"


def create_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "ballet"

    @app.get("/programme")
    def programme():
        session["season"] = "2026"
        parts: dict[int, str] = {}
        threads = [
            threading.Thread(target=copy_context().run, args=(set_part, number, parts))
            for number in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [parts[number] for number in sorted(parts)]

    return app


def test_programme_has_two_parts() -> None:
    """Both parts stand in the programme of the season."""
    answer = create_app().test_client().get("/programme?part=Giselle&part=Raymonda")
    assert answer.json == ["1. Giselle (2026)", "2. Raymonda (2026)"]
