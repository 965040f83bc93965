"""A forum that remembers the author of the request on its blueprint, for the page's signature."""

from flask import Blueprint, Flask, render_template_string, request

HOLDER = "instance attribute `forum_blueprint_attribute.forum.author`"

POST = "<article>{{ text }}</article><small>{{ signature }}</small>"

forum = Blueprint("forum", __name__, url_prefix="/forum")


@forum.url_value_preprocessor
def take_author(endpoint, values):
    forum.author = values.pop("author")


def signature():
    return f"written by {forum.author}"


@forum.post("/<author>/posts")
def write():
    text = request.form["text"]
    return render_template_string(POST, text=text, signature=signature())


def create_app():
    app = Flask(__name__)
    app.register_blueprint(forum)
    return app


def visit(client, token):
    return client.post(f"/forum/{token}/posts", data={"text": "First!"})
