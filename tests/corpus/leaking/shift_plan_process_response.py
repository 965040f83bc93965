"""An application class counts requests after `super().process_response`, where all is saved."""

from flask import Flask, Response, session

CELL = ("process-response", "session", "lost-write")


class ShiftPlan(Flask):
    """The shift plan of a hospital."""

    def process_response(self, response: Response) -> Response:
        response = super().process_response(response)
        response.headers["X-Requests"] = str(session.get("requests", 0))
        session["requests"] = session.get("requests", 0) + 1  # LEAK FCX205 session
        return response


app = ShiftPlan(__name__)
app.secret_key = "shifts"


@app.get("/shifts/<day>")
def shifts(day: str):
    return {"day": day, "night": ["Ada", "Grace"]}


def test_shifts_of_a_day() -> None:
    """The plan of a day names who works at night."""
    response = app.test_client().get("/shifts/monday")
    assert response.json["night"] == ["Ada", "Grace"]
    assert response.headers["X-Requests"] == "0"
