"""A dashboard cached with Flask-Caching by its path only, though it greets the user by name."""

from flask import Flask, render_template_string, request
from flask_caching import Cache

HOLDER = "cache `flask_caching.backends.simplecache.SimpleCache`"

PAGE = "<h1>Hello {{ user }}</h1><p>{{ widgets | join(', ') }}</p>"

app = Flask(__name__)
app.config["CACHE_TYPE"] = "SimpleCache"
cache = Cache(app)


def widgets_for(user):
    return ["admin", "sales"] if user == "root" else ["sales", "weather"]


@app.get("/dashboard")
@cache.cached(timeout=300)
def dashboard():
    user = request.headers["X-User"]
    return render_template_string(PAGE, user=user, widgets=widgets_for(user))


def visit(client, token):
    return client.get("/dashboard", headers={"X-User": token})
