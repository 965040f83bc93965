"""Notes in SQLite: the session, and the owner in its `info`, belong to one request each."""

import tempfile

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event

MUTANT = ('{"expire_on_commit": False}', '{"expire_on_commit": False, "scopefunc": lambda: 1}')

folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder.name}/notes.db"
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"connect_args": {"timeout": 30}}
db = SQLAlchemy(app, session_options={"expire_on_commit": False})


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    text = db.Column(db.String(80))
    owner = db.Column(db.String(40))


with app.app_context():
    db.create_all()


@event.listens_for(db.session, "before_flush")
def stamp_owner(session, flush_context, instances):
    for note in session.new:
        note.owner = session.info["owner"]


@app.before_request
def remember_owner():
    db.session.info["owner"] = request.headers["X-Owner"]


@app.post("/notes")
def add():
    note = Note(text=request.form["text"])
    db.session.add(note)
    db.session.commit()
    return jsonify(owner=note.owner, text=note.text)


def visit(client, token):
    return client.post("/notes", data={"text": "buy milk"}, headers={"X-Owner": token})
