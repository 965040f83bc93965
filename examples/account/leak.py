"""The user is kept in a module global: right for one request at a time, and for no more."""

from flask import Flask, request

app = Flask(__name__)
current_user = "nobody"


@app.before_request
def load_user() -> None:
    global current_user
    current_user = request.headers["X-User"]


@app.get("/account")
def show_account() -> str:
    return f"Account of {current_user}"
