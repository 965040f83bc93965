"""A pharmacy that caches the prescription by `id(request)`, which is the id of the one proxy."""

from flask import Flask, abort, request

HOLDER = "item `pharmacy_id_keyed_cache.prescriptions[...]`"

prescriptions = {}


def prescription():
    key = id(request)
    if key not in prescriptions:
        prescriptions[key] = {
            "patient": request.headers["X-Patient"],
            "drugs": request.args.getlist("drug"),
        }
    return prescriptions[key]


def create_app():
    app = Flask(__name__)

    @app.before_request
    def refuse_empty():
        if not prescription()["drugs"]:
            abort(400)

    @app.get("/label")
    def label():
        paper = prescription()
        return f"{paper['patient']}: {', '.join(paper['drugs'])}"

    return app


def visit(client, token):
    return client.get("/label?drug=aspirin&drug=zinc", headers={"X-Patient": token})
