"""A web shop that keeps who logged in last in a module global that every request reads."""

from flask import Flask, redirect, request, url_for

HOLDER = "module global `shop_current_user.current_user`"

app = Flask(__name__)
app.testing = True

current_user = None


@app.post("/login")
def login():
    global current_user
    current_user = request.form["user"].strip()
    return redirect(url_for("profile"))


@app.get("/profile")
def profile():
    if current_user is None:
        return redirect(url_for("login"))
    return f"<h1>Your account</h1><p>Signed in as {current_user}</p>"


def visit(client, token):
    client.post("/login", data={"user": token})
    return client.get("/profile")
