"""The task reads `request` in a pool's thread, where there is none; nobody sees it fail."""

import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)


def process_task() -> str:
    incoming = request  # only another name for the proxy: no harm done yet
    time.sleep(3)
    return f"Processed {incoming}"


@app.post("/task")
def queue_task() -> str:
    pool.submit(process_task)
    return "Task queued"
