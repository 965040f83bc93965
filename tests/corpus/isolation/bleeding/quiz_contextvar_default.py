"""A quiz that collects answers in a context variable whose default is one list for all contexts."""

from contextvars import ContextVar

from flask import Flask, request
from flask.views import MethodView

HOLDER = "context variable `quiz_contextvar_default.answers`"

answers = ContextVar("answers", default=[])


class Answers(MethodView):
    def post(self, question):
        answers.get().append((question, request.form["answer"]))
        return self.get(question)

    def get(self, question):
        given = [answer for asked, answer in answers.get() if asked == question]
        return {"question": question, "given": given}


def create_app():
    app = Flask(__name__)
    app.add_url_rule("/questions/<question>", view_func=Answers.as_view("answers"))
    return app


def visit(client, token):
    return client.post("/questions/capital", data={"answer": token})
