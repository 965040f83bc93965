"""A pledge's page is streamed, and its template pops the messages: each page shows them again."""

from flask import Flask, flash, stream_template_string

CELL = ("streamed-template", "get_flashed_messages", "lost-write")

PAGE = """\
<h1>{{ pledge }}</h1>
{% for message in get_flashed_messages() %}<p>{{ message }}</p>{% endfor %}
"""

app = Flask(__name__)
app.secret_key = "pledge"


@app.post("/pledges/<pledge>")
def make(pledge: str):
    flash("Thank you.")
    return "", 204


@app.get("/pledges/<pledge>")
def show(pledge: str):
    return stream_template_string(PAGE, pledge=pledge)


def test_pledge_is_thanked_for() -> None:
    """The page shows the message."""
    client = app.test_client()
    client.post("/pledges/well")
    page = client.get("/pledges/well")
    assert "<p>Thank you.</p>" in page.text  # LEAK FCX205 session
