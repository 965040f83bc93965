"""A blog that keeps the last author on its model, a class that Flask-SQLAlchemy's metaclass made."""

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

HOLDER = "class attribute `blog_model_class_attribute.Post.last_author`"

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///nowhere.db"
db = SQLAlchemy(app)


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(80))
    last_author = None


@app.post("/posts")
def write():
    Post.last_author = request.form["author"]
    title = request.form["title"].strip()
    return f"{title}, by {Post.last_author}"


def visit(client, token):
    return client.post("/posts", data={"author": token, "title": " Hello "})
