"""Thumbnails made in a thread; the job of each request has its own event and its own result."""

import threading

from flask import Flask, request

MUTANT = ("job = Job()", 'job = app.extensions.setdefault("job", Job())')


class Job:
    def __init__(self):
        self.done = threading.Event()
        self.result = None


def shrink(job, title):
    job.result = f"small picture of {title}"
    job.done.set()


def create_app():
    app = Flask(__name__)

    @app.post("/thumbnails")
    def thumbnail():
        title = request.form["title"]
        job = Job()
        threading.Thread(target=shrink, args=(job, title)).start()
        if not job.done.wait(timeout=30):
            return "Still shrinking", 503
        return job.result

    return app


def visit(client, token):
    return client.post("/thumbnails", data={"title": token})
