"""A scan's job keeps what was read from request and session, and the real app to store it with."""

from dataclasses import dataclass
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, current_app, request, session

MUTANT = "any-object"


@dataclass
class Scan:
    page: int
    method: str
    sender: dict[str, str]
    app: Flask

    def store(self) -> None:
        self.app.config["PAGES"].append(f"{self.page} from {self.sender['name']} by {self.method}")


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "scanner"
    app.config["PAGES"] = []
    pool = ThreadPool(2)

    @app.put("/pages/<int:page>")
    def scan(page: int):
        session["name"] = "Kim"
        job = Scan(page, request.method, dict(session), current_app._get_current_object())
        pool.apply_async(job.store)
        return "scanned"

    yield app
    pool.close()
    pool.join()
    assert app.config["PAGES"] == ["5 from Kim by PUT"]


def test_page_is_scanned(app) -> None:
    """A page is scanned, and stored later."""
    assert app.test_client().put("/pages/5").text == "scanned"
