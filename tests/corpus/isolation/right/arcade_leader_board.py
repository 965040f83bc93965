"""An arcade's leader board that all may read; a player's own place is found under a lock."""

import bisect
import threading

from flask import Flask, jsonify, request

OPTIONS = {"shared": "$.board"}
MUTANT = ("with board_lock:", "if player:")


def create_app():
    app = Flask(__name__)
    ranking = []
    board_lock = threading.Lock()

    def enter(player):
        with board_lock:
            bisect.insort(ranking, player)
            place = ranking.index(player)
            return {"place": place + 1, "you": ranking[place], "board": ranking[:10]}

    @app.post("/scores")
    def score():
        player = request.form["player"]
        if not player.strip():
            return jsonify(error="a player has a name"), 400
        entered = enter(player)
        return jsonify(entered)

    return app


def visit(client, token):
    return client.post("/scores", data={"player": token})
