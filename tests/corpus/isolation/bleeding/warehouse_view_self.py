"""A warehouse whose class-based view is made once only and keeps the picker on `self`."""

from flask import Flask, request
from flask.views import MethodView

HOLDER = "instance attribute `warehouse_view_self.PickList.picker`"

app = Flask(__name__)


class PickList(MethodView):
    init_every_request = False

    def __init__(self, shelves):
        self.shelves = shelves

    def patch(self, item):
        self.picker = request.get_json()["picker"]
        self.item = item
        shelf = self.shelf_of(item)
        return {"picker": self.picker, "walk_to": shelf}

    def shelf_of(self, item):
        return self.shelves[len(item) % len(self.shelves)]


app.add_url_rule("/picks/<item>", view_func=PickList.as_view("picks", ["north", "south"]))


def visit(client, token):
    return client.patch("/picks/lamp", json={"picker": token})
