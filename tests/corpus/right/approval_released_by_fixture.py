"""A pool task waits for an approval that only the fixture's teardown gives, and then ends well."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, current_app

MUTANT = "any-task-waits"


class Approvals:
    def __init__(self) -> None:
        self.given = threading.Event()
        self.requested = threading.Event()
        self.published: list[str] = []


@pytest.fixture
def approvals():
    office = Approvals()
    jobs: list[Future[None]] = []
    office.jobs = jobs  # type: ignore[attr-defined]
    with ThreadPoolExecutor(max_workers=1) as pool:
        office.pool = pool  # type: ignore[attr-defined]
        yield office
        office.given.set()
        for job in jobs:
            job.result(timeout=5)
        assert office.published == ["editorial by paper"]


def test_article_waits_for_approval(approvals) -> None:
    """An article is not published while nobody has approved of it."""
    app = Flask("paper")

    def publish(article: str) -> None:
        approvals.requested.set()
        approvals.given.wait()
        with app.app_context():
            approvals.published.append(f"{article} by {current_app.name}")

    @app.post("/articles/<article>")
    def submit(article: str):
        approvals.jobs.append(approvals.pool.submit(publish, article))
        return "waiting"

    assert app.test_client().post("/articles/editorial").text == "waiting"
    assert approvals.requested.wait(5)
    assert approvals.published == []
