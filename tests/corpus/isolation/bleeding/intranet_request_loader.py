"""An intranet whose Flask-Login request loader also keeps the employee in a module global."""

from flask import Flask, jsonify
from flask_login import LoginManager, UserMixin, login_required

HOLDER = "module global `intranet_request_loader.employee`"

manager = LoginManager()
employee = None


class Employee(UserMixin):
    def __init__(self, number):
        self.id = number


@manager.request_loader
def load_from_header(request):
    global employee
    number = request.headers.get("X-Employee")
    employee = Employee(number) if number else None
    return employee


def create_app():
    app = Flask(__name__)
    app.secret_key = "intranet"
    manager.init_app(app)

    @app.get("/holidays")
    @login_required
    def holidays():
        days = 28
        return jsonify(employee=employee.id, days=days)

    return app


def visit(client, token):
    return client.get("/holidays", headers={"X-Employee": token})
