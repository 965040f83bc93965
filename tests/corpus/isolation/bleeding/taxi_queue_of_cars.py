"""A taxi rank whose cars wait in a queue; one is looked at, and not taken out, while it is driven."""

import queue

from flask import Flask, jsonify, request

HOLDER = "instance attribute `taxi_queue_of_cars.rank.queue.passenger`"

app = Flask(__name__)
rank = queue.Queue()


class Car:
    passenger = None

    def __init__(self, plate):
        self.plate = plate


rank.put(Car("AB 123"))


@app.post("/rides")
def ride():
    car = rank.queue[0]
    car.passenger = request.form["passenger"]
    route = ["station", "market", request.form["to"]]
    return jsonify(plate=car.plate, route=route, passenger=car.passenger)


def visit(client, token):
    return client.post("/rides", data={"passenger": token, "to": "harbour"})
