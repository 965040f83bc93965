"""A hostel's helper enters whatever a test needs into one `ExitStack`, the context first of all."""

from contextlib import ExitStack

from flask import Flask, g

CELL = ("exit-stack", "none", "outlives-request")


class Hostel:
    """A hostel with its client, for one test."""

    def __init__(self, stack: ExitStack, beds: int) -> None:
        self.app = Flask("hostel")
        self.app.add_url_rule("/bed", "bed", self.take, methods=["POST"])
        self.free = beds
        stack.enter_context(self.app.app_context())  # LEAK FCX303 none
        self.client = stack.enter_context(self.app.test_client())

    def take(self):
        """Give a bed away, to one guest only in each request."""
        if "bed" not in g:
            g.bed = self.free
            self.free -= 1
        return {"bed": g.bed}


def test_a_bed_is_given() -> None:
    """A guest gets a bed that there is."""
    with ExitStack() as stack:
        hostel = Hostel(stack, beds=2)
        assert hostel.client.post("/bed").json["bed"] in {1, 2}
