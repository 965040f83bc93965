"""A gallery that counts hits and visitors; both counters move under one lock."""

import threading

from flask import Flask, abort, request

OPTIONS = {"oracle": "serial"}
MUTANT = ("with stats_lock:", "if visitor:")

PICTURES = {1: "Sunflowers", 2: "The Milkmaid"}


def create_app():
    app = Flask(__name__)
    stats = {"hits": 0, "visitors": set()}
    stats_lock = threading.Lock()

    def count(visitor):
        with stats_lock:
            hits = stats["hits"] + 1
            stats["visitors"].add(visitor)
            stats["hits"] = hits
            return {"hits": hits, "visitors": len(stats["visitors"])}

    @app.get("/pictures/<int:number>")
    def picture(number):
        title = PICTURES.get(number)
        if title is None:
            abort(404)
        visitor = request.args["visitor"]
        counted = count(visitor)
        return {"title": title, "visitor": visitor, "counted": counted}

    return app


def visit(client, token):
    return client.get("/pictures/1", query_string={"visitor": token})
