"""The callback asks `g` for the user in the pool's thread; the future only logs its error."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

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


def write_audit(stored: Future[str]) -> None:
    audit_log.append(f"{g.user} stored {stored.result()}")


@app.put("/files/<name>")
def put_file(name: str) -> tuple[str, int]:
    pool.submit(store, name).add_done_callback(write_audit)
    return "Accepted", 202
