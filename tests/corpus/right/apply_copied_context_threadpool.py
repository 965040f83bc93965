"""A `ThreadPool` applies a task with a copied context and the view waits with a `with` around
all.
"""

from multiprocessing.pool import ThreadPool

from flask import Blueprint, Flask, copy_current_request_context, request

MUTANT = "copied-context"

resize = Blueprint("resize", __name__)


@resize.put("/resize")
def put():
    @copy_current_request_context
    def measure() -> int:
        return len(request.get_data())

    with ThreadPool(1) as pool:
        size = pool.apply(measure)
    return {"size": size}


def test_size_of_a_body() -> None:
    """The worker measures the body of the request that waits for it."""
    app = Flask(__name__)
    app.register_blueprint(resize)
    assert app.test_client().put("/resize", data=b"12345").json == {"size": 5}
