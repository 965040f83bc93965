"""A school whose before_request function leaves the pupil on the app object for the views."""

from flask import Flask, current_app, request

HOLDER = "instance attribute `school_app_attribute.app.pupil`"

app = Flask(__name__)


@app.before_request
def who_is_it():
    app.pupil = request.cookies.get("pupil")
    if app.pupil is None:
        return "Sign in first", 401


LESSONS = {
    "mon": ["Maths", "Latin"],
    "tue": ["Chemistry"],
}


@app.get("/timetable/<day>")
def timetable(day):
    lessons = ", ".join(LESSONS.get(day, ["none"]))
    return f"{current_app.pupil} on {day}: {lessons}"


def visit(client, token):
    client.set_cookie("pupil", token)
    return client.get("/timetable/mon", headers={"Accept-Language": "en"})
