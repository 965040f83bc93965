"""A forum on Flask-Login whose loader makes the account anew for every request."""

from flask import Flask, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user

MUTANT = (
    "        account = Account()\n",
    '        account = app.extensions.setdefault("account", Account())\n',
)


class Account(UserMixin):
    def __init__(self, name=None):
        self.id = name


def create_app():
    app = Flask(__name__)
    app.secret_key = "not for production"
    manager = LoginManager(app)

    @manager.user_loader
    def load_account(name):
        account = Account()
        account.id = name
        return account

    @app.post("/login")
    def login():
        login_user(Account(request.form["name"]))
        return redirect(url_for("profile"))

    @app.get("/profile")
    @login_required
    def profile():
        posts = 3
        return {"account": current_user.id, "posts": posts}

    return app


def visit(client, token):
    client.post("/login", data={"name": token})
    return client.get("/profile")
