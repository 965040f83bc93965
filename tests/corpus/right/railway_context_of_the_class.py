"""`setUpClass` pushes an app context for all tests of its class; `setUp` has one popped by name."""

import unittest

from flask import Flask, current_app, g, request

MUTANT = "body-over"

app = Flask(__name__)
app.config["PLATFORMS"] = 6


class PlatformTest(unittest.TestCase):
    """Trains on platforms."""

    @classmethod
    def setUpClass(cls) -> None:
        """Bind the app for all tests."""
        cls.context = app.app_context()
        cls.context.push()
        g.trains = []

    @classmethod
    def tearDownClass(cls) -> None:
        """Let go of the app."""
        cls.context.pop()

    def setUp(self) -> None:
        """Announce a train."""
        announcement = app.test_request_context("/arrivals", method="POST")
        announcement.push()
        self.addCleanup(announcement.pop)

    def test_train_arrives(self) -> None:
        """A train is announced by a post."""
        g.trains.append(request.path)
        assert len(g.trains) <= current_app.config["PLATFORMS"]

    def test_platforms_are_enough(self) -> None:
        """There are platforms for all."""
        assert current_app.config["PLATFORMS"] == 6
