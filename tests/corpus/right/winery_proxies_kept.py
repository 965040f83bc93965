"""A winery keeps the proxy itself in its plan of tasks, which holds no request."""

from flask import Flask, request

MUTANT = "state-grows"

winery = Flask(__name__)
plan: dict[str, object] = {}


@winery.post("/press/<grape>")
def press(grape: str):
    plan[grape] = request
    return request.path


@winery.get("/plan")
def show():
    return {grape: str(asked.path) for grape, asked in plan.items()}  # type: ignore[attr-defined]


def test_plan() -> None:
    """Whoever looks at the plan sees a request of its own in it."""
    client = winery.test_client()
    client.post("/press/riesling")
    assert client.get("/plan").json == {"riesling": "/plan"}
