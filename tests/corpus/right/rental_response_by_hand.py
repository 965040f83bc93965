"""A test makes the response of a car rental by hand, and goes on with the request's session."""

from flask import Flask, flash, get_flashed_messages, session

MUTANT = "body-as-app"

app = Flask(__name__)
app.secret_key = "rental"


@app.before_request
def greet() -> None:
    session["requests"] = session.get("requests", 0) + 1


@app.post("/rentals/<car>")
def rent(car: str):
    session["car"] = car
    flash("Enjoy the ride.")
    return {"car": car}


def test_rental_in_steps() -> None:
    """Each step of the request does its part, and may be done again."""
    with app.test_request_context("/rentals/beetle", method="POST"):
        response = app.full_dispatch_request()
        assert response.json == {"car": "beetle"}
        assert get_flashed_messages() == ["Enjoy the ride."]
        session["car"] = "mini"
        app.preprocess_request()
        assert session["requests"] == 2
        assert app.process_response(response) is response
        session["returned"] = True


def test_no_response_at_all() -> None:
    """A session that is never saved loses nothing."""
    with app.test_request_context("/"):
        session["car"] = "vespa"
        flash("No helmet.")
        assert get_flashed_messages() == ["No helmet."]
