"""An admin tool that swaps the acting user in for a request and puts the old one back after it."""

from contextlib import contextmanager

from flask import Flask, request

HOLDER = "module global `admin_global_swap.acting`"

app = Flask(__name__)

acting = None


@contextmanager
def act_as(user):
    global acting
    before, acting = acting, user
    try:
        yield before
    finally:
        acting = before


@app.post("/impersonate")
def impersonate():
    with act_as(request.form["user"]) as before:
        menu = ["mail", "files"]
        back = before or "yourself"
        return {"acting": acting, "menu": menu, "go_back_to": back}


def visit(client, token):
    return client.post("/impersonate", data={"user": token})
