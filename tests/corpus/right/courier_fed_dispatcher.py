"""A dispatcher's thread, started by the first request, hands each job to a pool with the context
of the request that it is from: nobody reads anybody else's.
"""

import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

from flask import Flask, request

MUTANT = "any-bound"

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)
parcels = queue.Queue()
dispatchers = []


def dispatch():
    while (parcel := parcels.get()) is not None:
        work, answer = parcel
        pool.submit(lambda work=work, answer=answer: answer.set_result(work()))


def sender():
    return request.args["from"]


@app.get("/parcels")
def send():
    if not dispatchers:
        dispatchers.append(threading.Thread(target=dispatch))
        dispatchers[0].start()
    answer, context = Future(), copy_context()
    parcels.put((lambda: context.run(sender), answer))
    return answer.result(timeout=10)


def test_each_parcel_has_its_sender():
    client = app.test_client()
    try:
        assert client.get("/parcels?from=lyon").text == "lyon"
        assert client.get("/parcels?from=oslo").text == "oslo"
    finally:
        parcels.put(None)
        dispatchers[0].join()
