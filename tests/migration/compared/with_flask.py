from flask import Flask, abort, flash, get_flashed_messages, redirect, request

app = Flask(__name__)
app.secret_key = "k" * 32


@app.post("/flash")
def tell():
    flash(request.args["text"])
    return redirect("/show", 303)


@app.get("/show")
def show():
    return " ".join(get_flashed_messages())


@app.get("/hop")
def hop():
    get_flashed_messages()
    return redirect("/show", 303)


@app.get("/fail")
def fail():
    get_flashed_messages()
    abort(500)


@app.get("/plain")
def plain():
    return "plain"
