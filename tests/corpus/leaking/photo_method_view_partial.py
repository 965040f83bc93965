"""A photo view stores `request` on itself and submits a partial of its method, which reads the
file.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO

import pytest
from flask import Flask, request
from flask.views import MethodView

CELL = ("submit", "request", "swallowed")

darkroom = ThreadPoolExecutor(max_workers=1)


class PhotoView(MethodView):
    developed: list[int] = []

    def __init__(self) -> None:
        self.request = request

    def post(self):
        darkroom.submit(partial(self.develop, paper="matt"))  # HANDOVER
        return "developing", 202

    def develop(self, paper: str) -> int:
        size = 0
        try:
            photo = self.request.files["photo"]  # LEAK FCX101 request
            size = len(photo.read())
        except Exception:
            pass
        self.developed.append(size)
        return size


@pytest.fixture(scope="module", autouse=True)
def _lights_on():
    yield
    darkroom.shutdown(wait=True)


def test_photo_is_developed() -> None:
    """A photo is accepted while it is developed."""
    app = Flask(__name__)
    app.add_url_rule("/photos", view_func=PhotoView.as_view("photos"))
    data = {"photo": (BytesIO(b"pixels"), "cat.jpg")}
    assert app.test_client().post("/photos", data=data).status_code == 202
