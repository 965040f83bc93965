"""A blueprint for many schools: the school in the address goes into `g`, request by request."""

from flask import Blueprint, Flask, g, render_template_string

MUTANT = (
    ('g.school = values.pop("school")', 'pages.school = values.pop("school")'),
    ("school=g.school", "school=pages.school"),
)

pages = Blueprint("pages", __name__, url_prefix="/<school>")
PAGE = "<h1>{{ school }}</h1><p>Room {{ room }}</p>"


@pages.url_value_preprocessor
def pull_school(endpoint, values):
    g.school = values.pop("school")


@pages.before_request
def choose_room():
    g.room = 12


@pages.get("/timetable")
def timetable():
    room = g.room
    return render_template_string(PAGE, school=g.school, room=room)


def create_app():
    app = Flask(__name__)
    app.register_blueprint(pages)
    return app


def visit(client, token):
    return client.get(f"/{token}/timetable")
