"""Checks of a form run side by side on the real request, inside a `with` that waits for them."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

MUTANT = "waits-unseen"

app = Flask(__name__)


def has_name(form) -> bool:
    return bool(form.args.get("name"))


def has_age(form) -> bool:
    return form.args.get("age", "").isdigit()


@app.get("/form")
def check():
    form = request._get_current_object()
    with ThreadPoolExecutor(max_workers=2) as pool:
        checks = [pool.submit(each, form) for each in (has_name, has_age)]
    return [each.result() for each in checks]


def test_form_is_checked() -> None:
    """An age in words is none."""
    assert app.test_client().get("/form?name=Ada&age=old").json == [True, False]
