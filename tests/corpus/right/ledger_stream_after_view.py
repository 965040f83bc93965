"""A ledger's pages are streamed after the view has returned, and the test reads them one by one."""

import pytest
from flask import Flask, Response, g, request, stream_with_context

MUTANT = "streaming"


@pytest.fixture
def app():
    app = Flask(__name__)
    app.extensions["returned"] = returned = []

    @app.get("/ledger")
    def ledger():
        g.rows = 0

        def pages():
            for page in request.args.getlist("page"):
                g.rows += 2
                yield f"page {page}, {g.rows} rows\n"

        return Response(stream_with_context(pages()), mimetype="text/plain")

    @app.after_request
    def note(response: Response) -> Response:
        returned.append(response.status_code)
        return response

    return app


def test_pages_come_one_by_one(app) -> None:
    """The first page can be read before the second one is made."""
    with app.test_client().get("/ledger?page=4&page=5", buffered=False) as response:
        chunks = response.iter_encoded()
        assert app.extensions["returned"] == [200]
        assert next(chunks) == b"page 4, 2 rows\n"
        assert list(chunks) == [b"page 5, 4 rows\n"]
