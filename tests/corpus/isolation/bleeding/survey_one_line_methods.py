"""A survey whose draft is one object with methods of one line."""

from flask import Flask, request

HOLDER = "instance attribute `survey_one_line_methods.draft.answer`"

app = Flask(__name__)


class Draft:
    answer = None

    def put(self, answer): self.answer = answer  # fmt: skip  # noqa: E704

    def get(self): return self.answer  # fmt: skip  # noqa: E704


draft = Draft()


@app.post("/answers")
def answer():
    draft.put(request.form["answer"])
    return draft.get()


def visit(client, token):
    return client.post("/answers", data={"answer": token})
