"""A PDF job nests two contexts of two apps in its pool thread, and each proxy reads the inner
one.
"""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, current_app, g, request

MUTANT = "no-own-context"

shop = Flask("shop")
press = Flask("press")


def print_order(order: int) -> list[str]:
    pages = []
    with shop.app_context():
        g.order = order
        pages.append(f"{current_app.name} {g.order}")
        with press.test_request_context(f"/print/{order}"):
            pages.append(f"{current_app.name} {request.path} {g.get('order')}")
        pages.append(f"{current_app.name} {g.order}")
    return pages


@shop.get("/orders/<int:order>/pdf")
def pdf(order: int):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(print_order, order).result(timeout=5)


def test_order_is_printed() -> None:
    """An order is printed by the press, and the shop is current again afterwards."""
    pages = shop.test_client().get("/orders/8/pdf").json
    assert pages == ["shop 8", "press /print/8 None", "shop 8"]
