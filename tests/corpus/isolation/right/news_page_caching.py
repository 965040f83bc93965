"""A newspaper whose front page is kept by Flask-Caching, by its whole query string."""

from flask import Flask, render_template_string, request
from flask_caching import Cache

MUTANT = ("@cache.cached(query_string=True)", "@cache.cached()")

cache = Cache(config={"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 60})
PAGE = "<h1>News for {{ reader }}</h1>{% for line in lines %}<p>{{ line }}</p>{% endfor %}"


def create_app():
    app = Flask(__name__)
    cache.init_app(app)

    @app.get("/front")
    @cache.cached(query_string=True)
    def front():
        reader = request.args["reader"]
        lines = ["Rain in the north", "Trains on time"]
        return render_template_string(PAGE, reader=reader, lines=lines)

    return app


def visit(client, token):
    first = client.get("/front", query_string={"reader": token})
    return first, client.get("/front", query_string={"reader": token})
