"""A trip planner's thread appends the legs it finds to the list in the session: nobody sees them."""

import threading
import unittest

from flask import Flask, copy_current_request_context, session

CELL = ("thread", "session", "lost-write")

LEGS = [("Basel", "Milano"), ("Milano", "Bari")]


class Planner:
    """Finds the legs of a trip, each in its time."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.threads: list[threading.Thread] = []

    def find(self) -> None:
        self.go.wait(5)
        for leg in LEGS:
            session["trip"]["legs"].append(leg)

    def start(self) -> None:
        search = threading.Thread(target=copy_current_request_context(self.find))
        search.start()
        self.threads.append(search)


class TripTest(unittest.TestCase):
    """A planner of railway trips."""

    def setUp(self) -> None:
        self.planner = Planner()
        self.app = Flask(__name__)
        self.app.secret_key = "trips"
        self.app.add_url_rule("/trips", view_func=self.plan, methods=["POST"])
        self.app.add_url_rule("/trips", view_func=self.show)

    def plan(self):
        session["trip"] = {"to": "Bari", "legs": []}
        self.planner.start()  # LEAK FCX205 session # HANDOVER
        return {}, 202

    def show(self):
        return session["trip"]

    def test_trip_is_being_planned(self) -> None:
        """A trip that is being planned has no legs yet."""
        client = self.app.test_client()
        self.assertEqual(client.post("/trips").status_code, 202)
        self.planner.go.set()
        for thread in self.planner.threads:
            thread.join()
        self.assertEqual(client.get("/trips").json, {"to": "Bari", "legs": []})


if __name__ == "__main__":
    unittest.main()
