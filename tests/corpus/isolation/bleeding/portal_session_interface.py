"""A portal whose session interface remembers the user of the session it opened last."""

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface

HOLDER = "instance attribute `portal_session_interface.sessions.user`"


class UserSessions(SecureCookieSessionInterface):
    user = None

    def open_session(self, app, request):
        opened = super().open_session(app, request)
        self.user = opened.get("user") if opened is not None else None
        return opened


sessions = UserSessions()

app = Flask(__name__)
app.secret_key = "not so secret"
app.session_interface = sessions


@app.post("/sign-in")
def sign_in():
    session["user"] = request.form["user"]
    return "Welcome"


@app.get("/mail")
def mail():
    unread = 3
    return f"{sessions.user} has {unread} unread messages"


def visit(client, token):
    client.post("/sign-in", data={"user": token})
    return client.get("/mail")
