"""An atlas's `TestCase` holds one request context for all of its tests, and pops it at the end."""

import unittest
from typing import Any, ClassVar

from flask import Flask, url_for

MUTANT = "still-there"

atlas = Flask(__name__)


@atlas.get("/map/<country>")
def show(country: str):
    return country


class LinksTest(unittest.TestCase):
    """Links, built in a context of the whole class."""

    context: ClassVar[Any]

    @classmethod
    def setUpClass(cls) -> None:
        cls.context = atlas.test_request_context("/")
        cls.context.push()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.context.pop()

    def test_link(self) -> None:
        """A country has a link."""
        assert url_for("show", country="Chile") == "/map/Chile"

    def test_another_link(self) -> None:
        """So has another one."""
        assert url_for("show", country="Peru") == "/map/Peru"
