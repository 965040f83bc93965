"""A payroll API that sets each employer's media type on the app's JSON provider."""

from flask import Flask, jsonify, request

HOLDER = "instance attribute `payroll_json_mimetype.app.json.mimetype`"

app = Flask(__name__)


SALARIES = {
    "may": [3100, 2900],
    "june": [3100, 2950],
}


def use_format(employer):
    app.json.mimetype = f"application/vnd.{employer}+json"


@app.get("/<employer>/salaries")
def salaries(employer):
    use_format(employer)
    month = request.args.get("month", "may")
    return jsonify(month=month, salaries=SALARIES.get(month, []))


def visit(client, token):
    return client.get(f"/{token}/salaries?month=june")
