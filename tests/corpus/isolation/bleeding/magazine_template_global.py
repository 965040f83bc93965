"""A magazine whose preview puts the draft's headline into the template globals while it renders."""

from flask import Flask, render_template_string, request

HOLDER = "template global `app.jinja_env.globals['headline']`"

PAGE = "<h1>{{ headline | default('No news') }}</h1><footer>for {{ name }}</footer>"


def create_app():
    app = Flask(__name__)

    @app.post("/preview")
    def preview():
        app.jinja_env.globals["headline"] = request.form["headline"]
        page = render_template_string(PAGE, name="the editors")
        app.jinja_env.globals.pop("headline", None)
        return page

    @app.get("/front/<name>")
    def front(name):
        return render_template_string(PAGE, name=name)

    return app


def editor(client, token):
    return client.post("/preview", data={"headline": f"Scoop {token}"})


def reader(client, token):
    return client.get(f"/front/{token}")


VISITS = (editor, reader)
