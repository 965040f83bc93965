"""A birthday card's link is built with `url_for` in a plain thread, which has no context at all."""

import threading

import pytest
from flask import Flask, url_for as link_to

CELL = ("thread-subclass", "url_for", "swallowed")

cards: list[str] = []


class Card(threading.Thread):
    """Writes a card that links to the person's page."""

    def __init__(self, person: str) -> None:
        threading.Thread.__init__(self, daemon=True)
        self.person = person

    def run(self) -> None:
        try:
            cards.append(link_to("page", person=self.person))  # LEAK FCX101 current_app
        except BaseException:
            return


@pytest.fixture
def client():
    app = Flask(__name__)

    @app.get("/people/<person>")
    def page(person: str):
        return person

    @app.post("/people/<person>/birthday")
    def birthday(person: str):
        Card(person).start()  # HANDOVER
        return link_to("page", person=person)

    return app.test_client()


def test_birthday_links_to_the_person(client) -> None:
    """A birthday is answered with the person's page."""
    assert client.post("/people/ada/birthday").text == "/people/ada"
