"""The timer's thread cannot build the link; the test is over when its error is printed."""

from threading import Timer

from flask import Flask, url_for

app = Flask(__name__)
reminders: list[str] = []


@app.get("/booking/<int:number>")
def show_booking(number: int) -> str:
    return f"Booking {number}"


def remind(number: int) -> None:
    reminders.append(f"See you soon: {url_for('show_booking', number=number, _external=True)}")


@app.post("/booking/<int:number>/reminder")
def start_reminder(number: int) -> str:
    Timer(0.05, remind, args=(number,)).start()
    return "We will remind you"
