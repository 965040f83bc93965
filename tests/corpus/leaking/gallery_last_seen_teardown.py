"""A gallery notes the picture last seen when it tears the request down: the cookie is made by then."""

from flask import Blueprint, Flask, request, session

CELL = ("teardown", "session", "lost-write")

pictures = Blueprint("pictures", __name__, url_prefix="/pictures")


@pictures.get("/<int:number>")
def show(number: int):
    return {"picture": number, "seen_before": session.get("last_seen")}


@pictures.teardown_request
def remember(error: BaseException | None) -> None:
    if error is None and request.view_args:
        session["last_seen"] = request.view_args["number"]  # LEAK FCX205 session


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="gallery", TESTING=True)
    app.register_blueprint(pictures)
    return app


def test_visitor_sees_a_picture() -> None:
    """A visitor sees a picture, and that it is the first one."""
    client = create_app().test_client()
    assert client.get("/pictures/7").json == {"picture": 7, "seen_before": None}
    assert client.get("/pictures/8").json["picture"] == 8
