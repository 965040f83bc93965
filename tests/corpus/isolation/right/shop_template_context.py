"""A shop whose templates get the customer from a context processor that reads `g`."""

from flask import Flask, g, render_template_string, request

MUTANT = (
    '@app.context_processor\ndef add_customer():\n    return {"customer": g.customer}',
    '@app.before_request\ndef add_customer():\n    app.jinja_env.globals["customer"] = g.customer',
)

app = Flask(__name__)
PAGE = """\
<title>{{ title }}</title>
<p>Good morning, {{ customer }}</p>
{% for offer in offers %}<li>{{ offer }}</li>{% endfor %}
"""


@app.before_request
def load_customer():
    g.customer = request.cookies.get("customer", "guest")


@app.context_processor
def add_customer():
    return {"customer": g.customer}


@app.get("/")
def home():
    offers = ["tea", "cups"]
    if g.customer != "guest":
        offers.append("tea pot")
    return render_template_string(PAGE, title="Tea shop", offers=offers)


def visit(client, token):
    client.set_cookie("customer", token)
    return client.get("/")
