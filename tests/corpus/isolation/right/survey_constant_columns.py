"""A survey whose columns are an immutable constant; adding to it makes a new tuple."""

from flask import Flask, make_response, request

MUTANT = ('COLUMNS = ("age", "town")', 'COLUMNS = ["age", "town"]')

app = Flask(__name__)
COLUMNS = ("age", "town")


@app.get("/survey.csv")
def survey():
    columns = COLUMNS
    if "question" in request.args:
        columns += (request.args["question"],)
    answers = ["-" for _ in columns]
    table = [",".join(columns), ",".join(answers)]
    response = make_response("\n".join(table))
    response.mimetype = "text/csv"
    return response


def visit(client, token):
    return client.get("/survey.csv", query_string={"question": token})
