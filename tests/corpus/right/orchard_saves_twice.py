"""An orchard's application class notes each answer in the session, and saves it once more."""

from flask import Flask, Response, session

MUTANT = "session-writes"


class Orchard(Flask):
    """Adds to the session what only the finished response tells."""

    def process_response(self, response: Response) -> Response:
        response = super().process_response(response)
        session["answers"] = [*session.get("answers", []), response.status_code]
        self.session_interface.save_session(self, session._get_current_object(), response)
        return response


app = Orchard(__name__)
app.secret_key = "orchard"


@app.get("/trees/<int:number>")
def tree(number: int):
    return {"tree": number, "answers": session.get("answers", [])}


def test_answers_are_noted() -> None:
    """The second answer knows of the first."""
    client = app.test_client()
    client.get("/trees/none")
    assert client.get("/trees/2").json == {"tree": 2, "answers": [404]}
