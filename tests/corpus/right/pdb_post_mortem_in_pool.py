"""A pool task that failed by itself is looked at in `pdb`'s post mortem, proxies included."""

import io
import pdb
from concurrent.futures import ThreadPoolExecutor

import flask

MUTANT = "debugger"

app = flask.Flask(__name__)
seen = io.StringIO()


def divide(a: int, b: int) -> int:
    return a // b


def divide_or_look(a: int, b: int) -> int | None:
    try:
        return divide(a, b)
    except ZeroDivisionError as error:
        commands = io.StringIO("p flask.request.method\np flask.current_app.name\np a\nquit\n")
        prompt = pdb.Pdb(stdin=commands, stdout=seen, nosigint=True, readrc=False)
        prompt.reset()
        prompt.interaction(None, error.__traceback__)
        return None


@app.get("/divide/<int:a>/<int:b>")
def show(a: int, b: int):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return {"quotient": pool.submit(divide_or_look, a, b).result(timeout=5)}


def test_division_by_zero_is_looked_at() -> None:
    """A division by zero has no quotient, but somebody has looked at it."""
    assert app.test_client().get("/divide/7/0").json == {"quotient": None}
    assert "outside of application context" in seen.getvalue()
