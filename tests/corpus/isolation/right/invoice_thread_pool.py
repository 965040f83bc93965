"""Invoices typeset in a thread pool; each call is passed all that it needs and is awaited."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

MUTANT = (
    'order = {"customer": request.json["customer"]}',
    'order = app.config.setdefault("ORDER", {})\n    order["customer"] = request.json["customer"]',
)

app = Flask(__name__)
typesetters = ThreadPoolExecutor(max_workers=2, thread_name_prefix="typesetter")


def head_of(order):
    return f"Invoice for {order['customer']}"


def foot_of(order):
    return f"Total {order['cents'] / 100:.2f} EUR"


@app.post("/invoices")
def invoice():
    order = {"customer": request.json["customer"]}
    order["cents"] = 100 * len(request.json["items"])
    head = typesetters.submit(head_of, order)
    foot = typesetters.submit(foot_of, order)
    return "\n".join([head.result(), foot.result()])


def visit(client, token):
    return client.post("/invoices", json={"customer": token, "items": ["pen", "paper"]})
