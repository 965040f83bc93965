"""Invitations from a string.Template whose fields are one dict, updated in place for each guest."""

from string import Template

from flask import Flask, request

HOLDER = "item `invitation_fields_in_place.fields['guest']`"

LETTER = Template("Dear $guest,\n\nplease come to $place.\n\n$host")

fields = {"guest": "friend", "place": "the garden", "host": "Ada"}


def address(guest):
    fields.update(guest=guest)


def create_app():
    app = Flask(__name__)

    @app.post("/invitations")
    def invite():
        address(request.get_data(as_text=True))
        letter = LETTER.substitute(fields)
        return letter, 200, {"Content-Type": "text/plain"}

    return app


def visit(client, token):
    return client.post("/invitations", data=token, content_type="text/plain")
