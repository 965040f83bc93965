"""The method that pushes is handed over itself: no line of the app's runs in the pool's thread."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, current_app

CELL = ("left-in-submit", "none", "next-task")

app = Flask(__name__)


def opening(pool):
    return pool.submit(lambda: current_app.name)


def test_the_pool_has_an_application():
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(app.app_context().push)  # LEAK FCX302 none  # HANDOVER
        assert opening(pool).result(timeout=10) == app.name
