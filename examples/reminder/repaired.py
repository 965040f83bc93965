"""The view builds the link, and the timer carries it."""

from threading import Timer

from flask import Flask, url_for

app = Flask(__name__)
reminders: list[str] = []


@app.get("/booking/<int:number>")
def show_booking(number: int) -> str:
    return f"Booking {number}"


def remind(link: str) -> None:
    reminders.append(f"See you soon: {link}")


@app.post("/booking/<int:number>/reminder")
def start_reminder(number: int) -> str:
    link = url_for("show_booking", number=number, _external=True)
    Timer(0.05, remind, args=(link,)).start()
    return "We will remind you"
