"""A CSV is streamed with its request's context, and the test reads the stream to its end."""

from flask import Flask, request, session, stream_with_context

MUTANT = "streaming"

app = Flask(__name__)
app.secret_key = "csv"
STARS = {"Vega": 0.03, "Sirius": -1.46}


@app.get("/stars.csv")
def stars():
    session["exports"] = session.get("exports", 0) + 1

    @stream_with_context
    def rows():
        yield f"name{request.args['sep']}magnitude\n"
        for name, magnitude in STARS.items():
            yield f"{name}{request.args['sep']}{magnitude}\n"
        yield f"# export {session['exports']}\n"

    return app.response_class(rows(), mimetype="text/csv")


def test_stars_are_listed() -> None:
    """Every row is separated as the request wishes."""
    text = app.test_client().get("/stars.csv?sep=;").get_data(as_text=True)
    assert text.splitlines() == ["name;magnitude", "Vega;0.03", "Sirius;-1.46", "# export 1"]
