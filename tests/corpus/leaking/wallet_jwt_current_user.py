"""A wallet's statement is made in the pool for the `current_user` of Flask-JWT-Extended."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

pytest.importorskip("flask_jwt_extended")
from flask_jwt_extended import JWTManager, create_access_token, current_user, jwt_required

CELL = ("submit", "jwt.current_user", "unread-future")

statements: list[str] = []
OWNERS = {"7": {"name": "Grace", "balance": 40}}


def write_statement() -> None:
    owner = current_user["name"]  # LEAK FCX101 current_user
    statements.append(f"{owner}: {OWNERS['7']['balance']}")


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["JWT_SECRET_KEY"] = "a secret of more than thirty-two bytes"
    manager = JWTManager(app)
    manager.user_lookup_loader(lambda header, data: OWNERS[data["sub"]])
    executor = ThreadPoolExecutor(max_workers=1)

    @app.post("/statements")
    @jwt_required()
    def order():
        executor.submit(write_statement)  # HANDOVER
        return {"balance": current_user["balance"]}

    yield app
    executor.shutdown(wait=True)


def test_statement_of_a_wallet(app) -> None:
    """Ordering a statement tells the balance."""
    with app.app_context():
        token = create_access_token("7")
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().post("/statements", headers=headers).json == {"balance": 40}
