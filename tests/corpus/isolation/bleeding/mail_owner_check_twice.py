"""A mail draft whose owner is checked before and after reading: two switches fool both checks."""

from flask import Flask, request

HOLDER = "item `mail_owner_check_twice.draft['text']`"

draft = {"owner": None, "text": ""}


def compose(owner):
    draft["owner"] = owner
    draft["text"] = "Greetings from {}".format(owner)


def read_back(owner):
    if draft["owner"] != owner:
        return None
    text = draft["text"]
    if draft["owner"] != owner:
        return None
    return text


def create_app():
    app = Flask(__name__)
    app.testing = True

    @app.post("/drafts/<owner>")
    def write(owner):
        compose(owner)
        text = read_back(owner)
        if text is None:
            return f"{owner}: somebody else is writing", {"Retry-After": "1"}
        return f"{text}\n-- {request.host}"

    return app


def visit(client, token):
    return client.post(f"/drafts/{token}")
