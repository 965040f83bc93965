"""A gym's booking service remembers on its class what request it serves."""

from typing import Any

from flask import Flask, request

CELL = ("class-attribute", "none", "retained")


class Booking:
    """Books places for whoever asks."""

    current: Any = None  # LEAK FCX304 none
    taken: tuple[str, ...] = ()

    @classmethod
    def begin(cls, served: Any) -> None:
        """Work for one request from now on."""
        cls.current = served

    @classmethod
    def book(cls) -> str:
        """Book what the request asks for."""
        course = cls.current.args["course"]
        cls.taken = (*cls.taken, course)
        return course


def create_app() -> Flask:
    app = Flask(__name__)

    @app.before_request
    def begin() -> None:
        Booking.begin(request._get_current_object())

    @app.post("/book")
    def book():
        return Booking.book()

    return app


def test_a_course_is_booked() -> None:
    """The course that was asked for is booked."""
    assert create_app().test_client().post("/book?course=yoga").text == "yoga"
