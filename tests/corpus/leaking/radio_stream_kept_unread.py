"""A helper keeps each response for later; one of them is a stream that nobody reads on."""

from flask import Flask, request, stream_with_context

CELL = ("left-stream", "none", "kept-response")

app = Flask(__name__)
tuned_in = []


@app.get("/stations/<name>/live")
def live(name: str):
    def pieces():
        for number in range(100):
            yield f"{name} {request.args['quality']} {number}\n"

    stream = stream_with_context(pieces())  # MADE FCX301 none
    return app.response_class(stream, mimetype="audio/mpeg")


def tune_in(name: str):
    response = app.test_client().get(f"/stations/{name}/live?quality=high")  # READ FCX301 none
    tuned_in.append(response)
    return response


def test_station_is_on_the_air() -> None:
    """The station answers with sound."""
    assert tune_in("jazz").mimetype == "audio/mpeg"


def test_list_of_stations_is_short() -> None:
    """One station is tuned in."""
    assert len(tuned_in) == 1
    tuned_in.pop().close()
