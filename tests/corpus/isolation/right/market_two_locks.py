"""A market stall with a lock for the stock and one for the till, always taken in that order."""

import threading

from flask import Flask, request

MUTANT = ("with stock_lock, till_lock:", "with stock_lock:")

app = Flask(__name__)
stock = {"apples": 1000}
stock_lock = threading.Lock()
till_lock = threading.Lock()


class Till:
    customer = None

    def ring_up(self, customer):
        self.customer = customer

    def receipt(self, text):
        return f"{self.customer}: {text}"


till = Till()


@app.post("/sales")
def sell():
    customer = request.form["customer"]
    with stock_lock, till_lock:
        stock["apples"] -= 1
        till.ring_up(customer)
        return till.receipt("1 apple")


@app.get("/receipts/<customer>")
def copy(customer):
    text = "copy of 1 apple"
    with till_lock:
        till.ring_up(customer)
        return till.receipt(text)


def visit(client, token):
    sold = client.post("/sales", data={"customer": token})
    return sold, client.get(f"/receipts/{token}")
