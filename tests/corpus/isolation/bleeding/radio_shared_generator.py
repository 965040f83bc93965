"""A radio station whose one announcer generator is sent a wish and asked for the text later."""

from flask import Flask, request

HOLDER = ""


def announcer():
    text = "Music"
    while True:
        text = (yield text) or text


def create_app():
    app = Flask(__name__)
    station = announcer()
    next(station)

    @app.post("/wishes")
    def wish():
        listener = request.form["listener"]
        song = request.form["song"]
        station.send(f"{song}, for {listener}")
        minutes = 3 + len(song) % 3
        return {"announcement": next(station), "minutes": minutes}

    return app


def visit(client, token):
    return client.post("/wishes", data={"listener": token, "song": "Clair de lune"})
