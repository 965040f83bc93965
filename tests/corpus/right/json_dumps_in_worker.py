"""A webhook's payload is made by `flask.json.dumps` in a thread; only Flask asks for an app
there.
"""

import threading

from flask import Flask, json, request

MUTANT = "flask-own-reads"

app = Flask(__name__)
sent: list[str] = []


def post_hook(payload: dict[str, object]) -> None:
    body = json.dumps(payload, sort_keys=True)
    sent.append(json.dumps(json.loads(body)))


@app.post("/deploy/<name>")
def deploy(name: str):
    hook = threading.Thread(target=post_hook, args=({"name": name, "by": request.form["by"]},))
    hook.start()
    hook.join()
    return sent[-1]


def test_hook_tells_who_deployed() -> None:
    """The hook is told what was deployed, and by whom."""
    response = app.test_client().post("/deploy/shop", data={"by": "ada"})
    assert response.get_json(force=True) == {"name": "shop", "by": "ada"}
