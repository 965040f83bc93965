"""A help desk whose error page shows the text of the last error, kept in one place for all."""

from flask import Flask, render_template_string, request

HOLDER = "item `helpdesk_last_error.last_error['text']`"

PAGE = "<h1>Sorry</h1><p>{{ text }}</p>"


class UnknownTicket(Exception):
    pass


last_error = {"text": "", "count": 0}


def find_ticket(number):
    if not number.isdigit():
        last_error["text"] = f"There is no ticket {number}"
        last_error["count"] += 1
        raise UnknownTicket
    return {"number": number, "state": "open"}


def create_app():
    app = Flask(__name__)

    @app.errorhandler(UnknownTicket)
    def sorry(error):
        return render_template_string(PAGE, text=last_error["text"])

    @app.get("/tickets")
    def ticket():
        return find_ticket(request.args["number"])

    return app


def visit(client, token):
    return client.get("/tickets", query_string={"number": f"no-{token}"})
