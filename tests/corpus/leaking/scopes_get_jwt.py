"""A document's access is noted in a thread that asks `get_jwt` for claims which no `g` holds
there.
"""

import logging
import threading

import pytest
from flask import Flask

jwt = pytest.importorskip("flask_jwt_extended")

CELL = ("thread", "get_jwt", "logged")

log = logging.getLogger("documents")
notes: list[tuple[str, str]] = []


def note(document: str) -> None:
    try:
        claims = jwt.get_jwt()  # LEAK FCX101 g
        notes.append((claims["scope"], document))
    except Exception as error:
        log.warning("access to %s not noted: %s", document, error)


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["JWT_SECRET_KEY"] = "another secret of more than thirty-two bytes"
    jwt.JWTManager(app)

    @app.get("/documents/<document>")
    @jwt.jwt_required()
    def read(document: str):
        threading.Thread(target=note, args=[document]).start()  # HANDOVER
        return document

    return app


def test_document_is_read() -> None:
    """A token of the right scope opens the document."""
    app = create_app()
    with app.app_context():
        token = jwt.create_access_token("ada", additional_claims={"scope": "docs"})
    headers = {"Authorization": f"Bearer {token}"}
    response = app.test_client().get("/documents/plan", headers=headers)
    assert response.text == "plan"
