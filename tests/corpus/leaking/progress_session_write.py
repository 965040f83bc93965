"""A conversion puts its progress into `session` from the pool, twice, and swallows both errors."""

import unittest
from concurrent.futures import ThreadPoolExecutor, wait

from flask import Flask, session

CELL = ("submit", "session", "swallowed")


def convert(document: str) -> str:
    for percent in (50, 100):
        try:
            session["progress"] = percent  # LEAK FCX101 session
        except Exception:
            continue
    try:
        if "document" not in session:  # LEAK FCX101 session
            session["document"] = document
    except Exception:
        return ""
    return document


class ConversionTest(unittest.TestCase):
    """A converter of documents."""

    def setUp(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1)
        self.addCleanup(self.pool.shutdown)
        app = Flask(__name__)
        app.secret_key = "conversion"
        app.add_url_rule("/convert/<document>", view_func=self.convert_view)
        self.client = app.test_client()

    def convert_view(self, document: str):
        session["progress"] = 0
        conversions = [self.pool.submit(convert, document)]  # HANDOVER
        wait(conversions)
        return {"progress": session["progress"]}

    def test_progress_is_a_number(self) -> None:
        """The view tells how far the conversion has come."""
        self.assertEqual(self.client.get("/convert/plan.odt").json, {"progress": 0})


if __name__ == "__main__":
    unittest.main()
