"""A hotel that sets the guest's header in an after_request function, out of a module global."""

from flask import Flask, request

HOLDER = "module global `hotel_after_request.guest`"

guest = None


def create_app():
    app = Flask(__name__)

    @app.get("/rooms/<int:number>")
    def room(number):
        global guest
        guest = request.args["guest"]
        return f"Room {number} is yours"

    @app.after_request
    def add_guest(response):
        if guest:
            response.headers["X-Guest"] = guest
        return response

    return app


def visit(client, token):
    return client.get(f"/rooms/12?guest={token}")
