"""A visit under pytest-run-parallel, which runs the test many times at once."""

import isolation_apps as apps
import pytest

SEEDS = apps.measured()[1]


@pytest.fixture(scope="session", autouse=True)
def warm():
    apps.warm()


@pytest.fixture(params=SEEDS)
def audience(num_parallel_threads, num_iterations):
    return apps.Audience(num_parallel_threads * num_iterations)


def test_visit_is_isolated(
    audience, num_parallel_threads, thread_index, iteration_index, record_property
):
    if not thread_index and not iteration_index:
        record_property("threads", num_parallel_threads)
    number = iteration_index * num_parallel_threads + thread_index
    audience.pay(number)
    assert audience.is_well(number)
