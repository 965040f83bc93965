"""A kiosk's test dispatches one request by hand, and serves none."""

from flask import Flask, g, request

MUTANT = "outer-context"

kiosk = Flask(__name__)


@kiosk.before_request
def open_kiosk():
    g.open = True


@kiosk.get("/paper/<name>")
def paper(name: str):
    return f"{name}, {'open' if g.open else 'closed'}, {request.args['day']}"


def test_dispatch() -> None:
    """What a server would do is done step by step, in the test's own contexts."""
    with kiosk.app_context(), kiosk.test_request_context("/paper/Times?day=Monday"):
        open_kiosk()
        view = kiosk.view_functions[request.endpoint]
        answer = kiosk.make_response(view(**request.view_args))
        assert answer.get_data(as_text=True) == "Times, open, Monday"
