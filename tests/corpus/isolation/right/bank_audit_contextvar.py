"""A bank that keeps an audit trail in a context variable, set and reset by each request."""

from contextvars import ContextVar

from flask import Flask, after_this_request, g, jsonify, request

MUTANT = ("trail.set([])", "trail.set(trail.get())")

trail = ContextVar("trail", default=[])


def audit(text):
    trail.get().append(text)


def create_app():
    app = Flask(__name__)

    @app.before_request
    def open_trail():
        g.trail_token = trail.set([])

    @app.teardown_request
    def close_trail(error):
        trail.reset(g.pop("trail_token"))

    @app.post("/transfers")
    def transfer():
        payer = request.form["payer"]

        @after_this_request
        def show_trail(response):
            response.headers["X-Audit"] = ", ".join(trail.get())
            return response

        audit(f"debit {payer}")
        audit("credit savings")
        return jsonify(payer=payer, steps=len(trail.get()))

    return app


def visit(client, token):
    return client.post("/transfers", data={"payer": token})
