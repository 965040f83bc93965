"""A worker makes and reads tokens of Flask-JWT-Extended in an app context that it pushes itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

pytest.importorskip("flask_jwt_extended")
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    decode_token,
    get_jwt_identity,
    jwt_required,
)

MUTANT = "worker-pushes"

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = "one more secret of more than thirty-two bytes"
JWTManager(app)


def device_token(user: str, device: str) -> str:
    with app.app_context():
        token = create_access_token(user, additional_claims={"device": device})
        assert decode_token(token)["sub"] == user
        return token


@app.post("/devices/<device>")
@jwt_required()
def register(device: str):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(device_token, get_jwt_identity(), device).result(timeout=5)


def test_device_gets_a_token_of_its_own() -> None:
    """A device's token belongs to who registered it."""
    client = app.test_client()
    token = device_token("ada", "browser")
    fresh = client.post("/devices/phone", headers={"Authorization": f"Bearer {token}"}).text
    with app.app_context():
        assert decode_token(fresh)["device"] == "phone"
