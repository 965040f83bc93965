"""The view reads the user's name and gives it to the pool."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=1)


def unread(user: str) -> str:
    return f"Mail of {user}"


@app.get("/inbox")
def inbox() -> str:
    return pool.submit(unread, request.headers["X-User"]).result()
