"""A thread for each task fills a future made by hand; the next song waits for the one before."""

import threading
from concurrent.futures import Executor, Future

from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"


class ThreadEach(Executor):
    def submit(self, fn, /, *args):
        future: Future = Future()
        threading.Thread(target=lambda: future.set_result(fn(*args))).start()
        return future


app = Flask(__name__)
jukebox = ThreadEach()


@app.get("/play/<song>")
def play(song):
    @copy_current_request_context
    def sing(verse):
        return f"{request.view_args['song']} {verse}"

    first = jukebox.submit(sing, 1)
    while not first.done():
        pass  # So that it is over, every time, before anybody waits.
    return f"{first.result()}, {jukebox.submit(sing, 2).result()}"


def test_song_has_two_verses() -> None:
    """One after the other."""
    assert app.test_client().get("/play/Yesterday").text == "Yesterday 1, Yesterday 2"
