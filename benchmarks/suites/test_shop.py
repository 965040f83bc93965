"""A small shop, tested as one tests a small shop; a third of the tests hand work over."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, abort, jsonify, render_template_string, request, session, url_for

REPEATS = 1  # how often each test runs; the benchmark sets it

PRODUCTS = {"cup": 7, "lamp": 30, "rug": 120}
PAGE = "<h1>{{ name }}</h1><p>{{ price }} EUR</p><a href='{{ url_for('cart') }}'>Cart</a>"

pool = ThreadPoolExecutor(max_workers=2)


def make_receipt(name, price):
    return f"{name}: {price} EUR"


def create_app():
    app = Flask("shop")
    app.config.update(TESTING=True, SECRET_KEY="only for this benchmark", STOCK=3)

    @app.get("/products/<name>")
    def product(name):
        if name not in PRODUCTS:
            abort(404)
        return render_template_string(PAGE, name=name, price=PRODUCTS[name])

    @app.get("/cart")
    def cart():
        return jsonify(session.get("cart", []))

    @app.post("/cart")
    def add_to_cart():
        session["cart"] = [*session.get("cart", []), request.json["name"]]
        return jsonify(session["cart"]), 201

    @app.post("/orders")
    def order():
        name = request.json["name"]
        pool.submit(make_receipt, name, PRODUCTS[name])
        return jsonify(next=url_for("cart")), 202

    @app.post("/receipts")
    def receipt():
        name = request.json["name"]
        return pool.submit(make_receipt, name, PRODUCTS[name]).result()

    return app


@pytest.fixture(params=range(REPEATS))
def client():
    return create_app().test_client()


def test_product_page(client):
    assert "7 EUR" in client.get("/products/cup").text


def test_unknown_product(client):
    assert client.get("/products/ship").status_code == 404


def test_empty_cart(client):
    assert client.get("/cart").json == []


def test_cart_keeps_what_was_put_in(client):
    client.post("/cart", json={"name": "cup"})
    assert client.post("/cart", json={"name": "rug"}).json == ["cup", "rug"]


def test_order_is_accepted(client):
    assert client.post("/orders", json={"name": "lamp"}).status_code == 202


def test_receipt(client):
    assert client.post("/receipts", json={"name": "lamp"}).text == "lamp: 30 EUR"
