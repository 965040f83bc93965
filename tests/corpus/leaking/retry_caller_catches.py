"""A loop catches `RuntimeError` around its job, so the job's missing `request` goes unseen."""

import threading
from collections.abc import Callable

from flask import Flask, request

CELL = ("thread", "request", "retried")

synced: list[str] = []


def sync_profile() -> None:
    profile = request.get_json()["profile"]  # LEAK FCX101 request
    synced.append(profile)


def with_retries(job: Callable[[], None], attempts: int = 2) -> bool:
    for _attempt in range(attempts):
        try:
            job()
        except RuntimeError:
            continue
        return True
    return False


def create_app() -> Flask:
    app = Flask(__name__)

    @app.patch("/profile")
    def update():
        threading.Thread(target=with_retries, args=(sync_profile,)).start()  # HANDOVER
        return "", 204

    return app


def test_profile_is_updated() -> None:
    """A profile is updated without waiting for the other systems."""
    response = create_app().test_client().patch("/profile", json={"profile": "p"})
    assert response.status_code == 204
