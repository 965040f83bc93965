"""The pool's process was forked while Alice was served, and keeps her request for everybody."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from flask import Flask, request

app = Flask(__name__)
# Up to Python 3.13 this is what Linux does unless it is told otherwise.
pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("fork"))


def figures() -> str:
    return f"Figures of {request.headers['X-User']}"


@app.get("/dashboard")
def dashboard() -> str:
    return pool.submit(figures).result()
