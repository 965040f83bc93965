"""A hotel booked through a class-based view, of which Flask makes an instance per request."""

from flask import Flask, request
from flask.views import MethodView

MUTANT = (
    "class BookingView(MethodView):\n",
    "class BookingView(MethodView):\n    init_every_request = False\n\n",
)


class Booking:
    def __init__(self, guest):
        self.guest = guest
        self.items = []

    def add(self, item, price):
        self.items.append((item, price))

    def total(self):
        return sum(price for _, price in self.items)


class BookingView(MethodView):
    def post(self):
        self.booking = Booking(request.form["guest"])
        self.booking.add("double room", 90)
        if "breakfast" in request.form:
            self.booking.add("breakfast", 12)
        return self.confirm()

    def confirm(self):
        return {"guest": self.booking.guest, "total": self.booking.total()}


app = Flask(__name__)
app.add_url_rule("/bookings", view_func=BookingView.as_view("bookings"))


def visit(client, token):
    return client.post("/bookings", data={"guest": token, "breakfast": "yes"})
