"""The users of both apps, and the view that logs one in."""

from flask import Flask
from flask_login import LoginManager, UserMixin, login_user


class User(UserMixin):
    """A user whose name is also the id."""

    def __init__(self, name: str) -> None:
        self.id = name

    def __str__(self) -> str:
        return str(self.id)


def make_app(name: str) -> Flask:
    app = Flask(name)
    app.secret_key = "only for this example"
    manager = LoginManager(app)
    manager.user_loader(User)

    @app.post("/login/<user>")
    def login(user: str) -> str:
        login_user(User(user))
        return f"Hello {user}"

    return app
