"""A `TestCase` pushes a request context in its `setUp`; nobody wrote the `tearDown`."""

import unittest

from flask import Flask, request, url_for

CELL = ("left-in-setup", "none", "next-test")

app = Flask(__name__)
HALLS = {"egypt": 3, "rome": 1}


@app.get("/halls/<name>")
def hall(name: str):
    return {"floor": HALLS[name], "map": url_for("hall", name=name)}


def language() -> str:
    return request.accept_languages.best_match(["de", "en"], "en")


class HallTest(unittest.TestCase):
    """The signs in the halls."""

    def setUp(self) -> None:
        """Bind a visitor's request."""
        self.context = app.test_request_context("/halls/rome", headers={"Accept-Language": "de"})
        self.context.push()  # LEAK FCX301 none

    def test_sign_is_in_the_visitors_language(self) -> None:
        """A German visitor reads German."""
        assert language() == "de"

    def test_map_is_linked(self) -> None:
        """The link to the map needs no host."""
        assert url_for("hall", name="rome") == "/halls/rome"


class LeftContexts(unittest.TestCase):
    """What the other class left is taken away, for other suites run in this process."""

    def test_contexts_are_still_there(self) -> None:
        """The visitor of the last test stands in the hall still."""
        while request and request.path == "/halls/rome":
            request_context().pop()


def request_context():
    """Return the context that is bound."""
    from flask.globals import request_ctx

    return request_ctx._get_current_object()
