"""The view reads the user's name and gives it to the pool."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from flask import Flask, request

app = Flask(__name__)
pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("fork"))


def figures(user: str) -> str:
    return f"Figures of {user}"


@app.get("/dashboard")
def dashboard() -> str:
    return pool.submit(figures, request.headers["X-User"]).result()
