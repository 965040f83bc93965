"""The user is kept in `g`, of which each request has its own."""

from flask import Flask, g, request

app = Flask(__name__)


@app.before_request
def load_user() -> None:
    g.user = request.headers["X-User"]


@app.get("/account")
def show_account() -> str:
    return f"Account of {g.user}"
