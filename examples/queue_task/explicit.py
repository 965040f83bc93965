"""The explicit style: only the view knows of `request`; every helper takes data as parameters.

Such helpers may run in any thread, and a test calls them without an app.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask, request

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)


def title_of(data: dict[str, Any]) -> str:
    return str(data.get("title", "untitled")).strip()


def describe(data: dict[str, Any], sender: str) -> str:
    return f"{title_of(data)}, from {sender}"


def process_task(data: dict[str, Any], sender: str) -> str:
    return f"Processed {describe(data, sender)}"


@app.post("/task")
def queue_task() -> str:
    sender = request.headers.get("X-Sender", "somebody")
    pool.submit(process_task, request.get_json(), sender)
    return "Task queued"
