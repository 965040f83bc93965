"""A view gives its coroutine to a loop in the background and waits for it there; the coroutine
awaits a thread that reads the request, once in a copied context and once as the real object.
"""

import asyncio
import threading

from flask import Flask, copy_current_request_context, request

MUTANT = "waits-unseen"

app = Flask(__name__)
loop = asyncio.new_event_loop()


def serve():
    loop.run_forever()
    loop.close()


server = threading.Thread(target=serve)
server.start()


def port(passage):
    return passage.args["port"]


async def book(passage):
    return await asyncio.to_thread(port, passage)


async def sail(work):
    return await asyncio.to_thread(work)


def waited_for(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=10)


@app.get("/bookings")
def bookings():
    return waited_for(book(request._get_current_object()))


@app.get("/ferries")
def ferries():
    @copy_current_request_context
    def work():
        return request.args["port"]

    return waited_for(sail(work))


def test_a_loop_in_the_background_waits_for_the_thread():
    client = app.test_client()
    try:
        for place in ("/bookings", "/ferries"):
            assert client.get(f"{place}?port=turku").text == "turku"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        server.join()
