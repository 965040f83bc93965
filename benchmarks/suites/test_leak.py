"""One leaking test, which every measured run must find."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

app = Flask(__name__)


def task():
    return request.method


@app.post("/leak")
def hand_over():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(task)
    return "handed over"


def test_leak():
    assert app.test_client().post("/leak").text == "handed over"
