"""A warehouse with a pool of two connections: taken, rolled back and given back."""

import queue

from flask import Flask, jsonify, request

MUTANT = ("        connection.rollback()\n", "")

app = Flask(__name__)


class Connection:
    def __init__(self, number):
        self.number = number
        self.pending = []

    def execute(self, statement):
        self.pending.append(statement)

    def fetch_pending(self):
        return list(self.pending)

    def rollback(self):
        self.pending.clear()


pool = queue.LifoQueue()
for number in range(2):
    pool.put(Connection(number))


@app.post("/picks")
def pick():
    clerk = request.form["clerk"]
    connection = pool.get(timeout=30)
    try:
        connection.execute(f"lock shelf for {clerk}")
        connection.execute("move 3 boxes")
        statements = connection.fetch_pending()
    finally:
        connection.rollback()
        pool.put(connection)
    return jsonify(clerk=clerk, statements=statements)


def visit(client, token):
    return client.post("/picks", data={"clerk": token})
