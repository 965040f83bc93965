"""Each loaf of a map gets a copied context of its own, and the results are kept."""

from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "copied-context"


@pytest.fixture
def client():
    app = Flask(__name__)
    pool, bakers = ThreadPoolExecutor(max_workers=2), ThreadPool(2)

    @app.get("/loaves")
    def loaves():
        def bake(grain: str) -> str:
            return f"{grain} for {request.args['guest']}"

        grains = ["rye", "oat"]
        futures = [pool.submit(copy_current_request_context(bake), each) for each in grains]
        results = [future.result() for future in futures]
        futures = [
            bakers.apply_async(copy_current_request_context(bake), (each,)) for each in grains
        ]
        return [*results, *[future.get() for future in futures]]

    yield app.test_client()
    pool.shutdown(wait=True)
    bakers.close()
    bakers.join()


def test_loaves_are_baked(client) -> None:
    """Each grain twice."""
    assert client.get("/loaves?guest=Ada").json == ["rye for Ada", "oat for Ada"] * 2
