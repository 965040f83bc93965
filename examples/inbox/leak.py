"""The pool's thread was started while Alice was served, with a copy of her context."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=1)


def unread() -> str:
    return f"Mail of {request.headers['X-User']}"


@app.get("/inbox")
def inbox() -> str:
    return pool.submit(unread).result()
