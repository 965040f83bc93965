"""A print shop whose worker thread reads the customer from a module global set by the view."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

HOLDER = "module global `print_pool_worker.customer`"

app = Flask(__name__)
app.testing = True

pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="printer")
customer = ""


def typeset(text):
    width = max(len(text), 10)
    return f"{text:^{width}} / printed for {customer}"


@app.post("/jobs")
def print_job():
    global customer
    customer = request.form["customer"]
    job = pool.submit(typeset, request.form["text"])
    return {"proof": job.result(timeout=10)}


def visit(client, token):
    return client.post("/jobs", data={"customer": token, "text": "Menu"})
