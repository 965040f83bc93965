"""Somebody stops a worker in `pdb` and prints proxies at its prompt, which the program never
does.
"""

import io
import pdb
import threading

from flask import Flask

MUTANT = "debugger"

COMMANDS = "p request.path\np session['user']\npp g.tenant\ncontinue\n"

screen = io.StringIO()
totals: list[int] = []


def add_up(numbers: list[int]) -> None:
    from flask import g, request, session  # noqa: F401  (the prompt knows them)

    prompt = pdb.Pdb(stdin=io.StringIO(COMMANDS), stdout=screen, nosigint=True, readrc=False)
    prompt.set_trace()
    totals.append(sum(numbers))


app = Flask(__name__)


@app.post("/total")
def total():
    worker = threading.Thread(target=add_up, args=([1, 2, 3],))
    worker.start()
    worker.join()
    return str(totals[-1])


def test_total_after_a_look_around() -> None:
    """The total is right after somebody has looked around in the worker."""
    assert app.test_client().post("/total").text == "6"
    assert "outside of request context" in screen.getvalue()
