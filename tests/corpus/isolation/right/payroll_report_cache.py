"""Pay slips kept in a module dictionary whose key holds the month and the employee."""

from flask import Flask, jsonify, request

MUTANT = ("key = (month, employee)", "key = month")

app = Flask(__name__)
slips = {}


def make_slip(month, employee):
    gross = 3200
    tax = gross // 5
    return {"employee": employee, "month": month, "net": gross - tax}


@app.get("/slips/<month>")
def slip(month):
    employee = request.headers["X-Employee"]
    key = (month, employee)
    found = slips.get(key)
    if found is None:
        found = make_slip(month, employee)
        slips[key] = found
    return jsonify(found)


def visit(client, token):
    headers = {"X-Employee": token}
    return client.get("/slips/2024-05", headers=headers), client.get(
        "/slips/2024-05", headers=headers
    )
