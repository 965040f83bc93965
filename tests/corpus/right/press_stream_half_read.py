"""A press reads the head of one stream, and asks for another page before it reads the rest."""

from flask import Flask, request, stream_with_context

MUTANT = "outer-context"

press = Flask(__name__)


@press.get("/news")
def news():
    def lines():
        yield f"{request.args['of']}\n"
        yield "end\n"

    return stream_with_context(lines())


@press.get("/weather")
def weather():
    return "rain"


def test_a_page_between_two_lines() -> None:
    """The second page comes while the first one is not read to its end."""
    client = press.test_client()
    answer = client.get("/news?of=today")
    lines = iter(answer.response)
    assert next(lines) == b"today\n"
    assert client.get("/weather").text == "rain"
    assert list(lines) == [b"end\n"]
    answer.close()
