"""One plotter for all drawings; a semaphore with one permit guards it from load to copy."""

import threading

from flask import Flask, request

MUTANT = ("threading.Semaphore(1)", "threading.Semaphore(2)")

app = Flask(__name__)


class Plotter:
    def __init__(self):
        self.sheet = []

    def load(self, title):
        self.sheet = [title]

    def draw(self, shape):
        self.sheet.append(shape)

    def copy(self):
        return " / ".join(self.sheet)


plotter = Plotter()
plotter_free = threading.Semaphore(1)


@app.post("/drawings")
def drawing():
    title = request.form["title"]
    shapes = request.form.get("shapes", "circle,line").split(",")
    with plotter_free:
        plotter.load(title)
        for shape in shapes:
            plotter.draw(shape)
        drawn = plotter.copy()
    return drawn


def visit(client, token):
    return client.post("/drawings", data={"title": token})
