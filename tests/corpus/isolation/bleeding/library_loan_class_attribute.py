"""A library that sets the reader on the class Loan instead of on the loan it has just made."""

from datetime import date, timedelta

from flask import Flask, render_template_string, request

HOLDER = "class attribute `library_loan_class_attribute.Loan.reader`"

SLIP = "<p>{{ loan.title }}: lent to {{ loan.reader }} until {{ loan.due }}</p>"

app = Flask(__name__)


class Loan:
    reader = None
    days = 21

    def __init__(self, title):
        self.title = title
        self.due = date(2024, 5, 1) + timedelta(days=self.days)

    @classmethod
    def for_reader(cls, reader, title):
        cls.reader = reader
        return cls(title)


@app.route("/loans", methods=["POST"])
def lend():
    loan = Loan.for_reader(request.form["reader"], request.form["title"])
    return render_template_string(SLIP, loan=loan)


def visit(client, token):
    return client.post("/loans", data={"reader": token, "title": "Middlemarch"})
