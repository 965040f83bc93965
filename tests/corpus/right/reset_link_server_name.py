"""A reset link is built in a worker's app context, and the app knows its server's name."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request, url_for

MUTANT = "worker-pushes"

app = Flask(__name__)
app.config.update(SERVER_NAME="shop.example", PREFERRED_URL_SCHEME="https")


@app.get("/reset/<token>")
def reset(token: str):
    return token


def build_link(token: str) -> str:
    with app.app_context():
        return url_for("reset", token=token, _external=True)


@app.post("/forgot")
def forgot():
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(build_link, request.form["token"]).result(timeout=5)


def test_link_is_absolute() -> None:
    """The link in the mail leads to the shop."""
    response = app.test_client().post("/forgot", data={"token": "t1"})
    assert response.text == "https://shop.example/reset/t1"
