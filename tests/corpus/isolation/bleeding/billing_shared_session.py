"""A billing preview by one SQLAlchemy session for all: every request edits the same object."""

import tempfile
from pathlib import Path

from flask import Flask, request
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base

HOLDER = ""

folder = tempfile.TemporaryDirectory()
engine = create_engine(f"sqlite:///{Path(folder.name) / 'billing.db'}")
Base = declarative_base()


class Layout(Base):
    __tablename__ = "layouts"
    id = Column(Integer, primary_key=True)
    title = Column(String, nullable=False)
    customer = Column(String, nullable=False, default="")


Base.metadata.create_all(engine)
session = Session(engine)
session.add(Layout(id=1, title="Invoice"))
session.commit()

app = Flask(__name__)


@app.before_request
def start_clean():
    session.rollback()


@app.post("/preview")
def preview():
    layout = session.get(Layout, 1)
    layout.customer = request.form["customer"]
    heading = f"<h1>{layout.title}</h1>"
    return f"{heading}<p>To {layout.customer}</p>"


def visit(client, token):
    return client.post("/preview", data={"customer": token})
