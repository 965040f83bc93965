"""A cinema that looks whether a seat is left before it takes one, so the last is sold twice."""

import time

from flask import Flask, render_template_string, request

HOLDER = "item `cinema_last_seat.seats_left['matinee']`"

OPTIONS = {"oracle": "serial"}

TICKET = "{{ name }}: {{ 'one seat, enjoy the film' if sold else 'sold out' }}"

app = Flask(__name__)

seats_left = {"matinee": 1, "evening": 40}


def charge(show):
    time.sleep(0.001)
    return 9 if show == "matinee" else 12


def sell(show):
    if seats_left[show] < 1:
        return False
    charge(show)
    left = seats_left[show]
    seats_left[show] = left - 1
    return True


@app.post("/shows/<show>/tickets")
def buy(show):
    sold = sell(show)
    return render_template_string(TICKET, name=request.form["name"], sold=sold)


def visit(client, token):
    return client.post("/shows/matinee/tickets", data={"name": token})
