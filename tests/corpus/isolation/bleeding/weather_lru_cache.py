"""A weather page whose greeting is cached by language alone, though it holds a name."""

from functools import lru_cache

from flask import Flask, g, request

HOLDER = "cached results of `weather_lru_cache.greeting`"

HELLO = {"en": "Good morning", "de": "Guten Morgen"}

app = Flask(__name__)


@app.before_request
def load_visitor():
    g.name = request.cookies.get("name", "stranger")


@lru_cache(maxsize=64)
def greeting(language):
    return f"{HELLO[language]}, {g.name}!"


@app.get("/<language>/forecast")
def forecast(language):
    return {"greeting": greeting(language), "forecast": "rain later"}


def visit(client, token):
    client.set_cookie("name", token)
    return client.get("/de/forecast")
