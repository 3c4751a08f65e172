from flask import Flask, flash, redirect, render_template_string, request

app = Flask(__name__)
app.secret_key = "k" * 32
PAGE = """{% with messages = get_flashed_messages(with_categories=true) %}
{% for category, message in messages %}
<p class="{{ category }}">{{ message }}</p>
{% endfor %}{% endwith %}<form method="post">...</form>"""


@app.get("/")
def show():
    return render_template_string(PAGE)


@app.post("/")
def save():
    note = request.form["note"]
    if not note:
        flash("A note is required.", "error")
    else:
        flash(f"{note} was saved.", "success")
    return redirect("/")
