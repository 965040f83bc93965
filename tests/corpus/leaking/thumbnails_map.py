"""A gallery maps its thumbnailer over the uploads; each item reads its size from `current_app`."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app, request

CELL = ("map", "current_app", "unread-map")

pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="thumbnails")
thumbnails: dict[str, tuple[int, int]] = {}


def shrink(name: str) -> str:
    width, height = current_app.config["THUMBNAIL_SIZE"]  # LEAK FCX101 current_app
    thumbnails[name] = (width, height)
    return name


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_mapping(THUMBNAIL_SIZE=(120, 90))

    @app.post("/gallery")
    def upload():
        names = request.get_json()["names"]
        pool.map(shrink, names)  # HANDOVER
        return {"accepted": len(names)}

    return app


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_upload_of_three_pictures() -> None:
    """An upload is accepted picture by picture."""
    client = create_app().test_client()
    response = client.post("/gallery", json={"names": ["a.png", "b.png", "c.png"]})
    assert response.json == {"accepted": 3}
