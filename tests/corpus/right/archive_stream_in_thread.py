"""A client in a thread downloads a streamed archive: view, stream and context share that thread."""

from concurrent.futures import ThreadPoolExecutor

from flask import Blueprint, Flask, current_app, request, stream_with_context

MUTANT = "streaming"

archive = Blueprint("archive", __name__, url_prefix="/archive")


@archive.get("/<name>")
def download(name: str):
    def parts():
        size = current_app.config["PART_SIZE"]
        for start in range(0, len(name), size):
            yield name[start : start + size].encode()
        yield request.query_string

    return stream_with_context(parts())


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["PART_SIZE"] = 2
    app.register_blueprint(archive)
    return app


def fetch(app: Flask, name: str) -> str:
    with app.test_client() as client:
        return client.get(f"/archive/{name}?!").text


def test_downloads_side_by_side() -> None:
    """Two downloads at a time do not mix."""
    app = create_app()
    with ThreadPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(fetch, [app, app], ["alpha", "omega"])) == ["alpha!", "omega!"]
