"""A kitchen's sync view runs a loop of its own, whose threads read the order while it lasts."""

import asyncio

from flask import Flask, request, session

MUTANT = "any-bound"

app = Flask(__name__)
app.secret_key = "kitchen"


def cook(course: str) -> str:
    dish = request.form[course]
    return f"{dish} without {session['allergy']}"


async def menu() -> list[str]:
    courses = (asyncio.to_thread(cook, course) for course in ("starter", "main"))
    return await asyncio.gather(*courses)


@app.post("/order/<allergy>")
def order(allergy: str):
    session["allergy"] = allergy
    return asyncio.run(menu())


def test_courses_are_cooked() -> None:
    """Both courses are free of what the guest cannot eat."""
    dishes = app.test_client().post("/order/nuts", data={"starter": "soup", "main": "pie"}).json
    assert dishes == ["soup without nuts", "pie without nuts"]
