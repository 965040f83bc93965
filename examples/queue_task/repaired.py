"""The view reads what the task needs, and passes it."""

import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)


def process_task(incoming_data: object) -> str:
    time.sleep(3)
    return f"Processed {incoming_data}"


@app.post("/task")
def queue_task() -> str:
    incoming_data = request.json
    pool.submit(process_task, incoming_data)
    return "Task queued"
