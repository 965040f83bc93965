"""Letters written in buffers from a bounded stack: popped, reset, and pushed back."""

from flask import Flask, request

MUTANT = ("buffer = spare.pop()", "buffer = spare[-1]")

app = Flask(__name__)


class Buffer:
    def __init__(self):
        self.parts = []

    def reset(self):
        self.parts.clear()

    def write(self, text):
        self.parts.append(text)

    def text(self):
        return "\n".join(self.parts)


spare = [Buffer(), Buffer()]


def borrow():
    try:
        buffer = spare.pop()
    except IndexError:
        buffer = Buffer()
    buffer.reset()
    return buffer


@app.post("/letters")
def letter():
    buffer = borrow()
    buffer.write(f"Dear {request.form['name']},")
    buffer.write("your parcel has arrived.")
    text = buffer.text()
    if len(spare) < 2:
        spare.append(buffer)
    return text


def visit(client, token):
    return client.post("/letters", data={"name": token})
