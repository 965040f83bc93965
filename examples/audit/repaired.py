"""The view reads the user's name; the callback gets it by `partial`."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from flask import Flask, g, request

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)
audit_log: list[str] = []


@app.before_request
def load_user() -> None:
    g.user = request.headers.get("X-User", "nobody")


def store(name: str) -> str:
    time.sleep(0.05)  # a slow disk
    return name


def write_audit(user: str, stored: Future[str]) -> None:
    audit_log.append(f"{user} stored {stored.result()}")


@app.put("/files/<name>")
def put_file(name: str) -> tuple[str, int]:
    user = g.user
    pool.submit(store, name).add_done_callback(partial(write_audit, user))
    return "Accepted", 202
