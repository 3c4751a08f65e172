from flask import Flask, flash, get_flashed_messages, redirect, request

app = Flask(__name__)
app.secret_key = "k" * 32


@app.post("/flash")
def tell():
    flash(request.args["text"])
    return redirect("/page?read", 303)


@app.get("/page")
def page():
    texts = get_flashed_messages() if "read" in request.args else []
    return " ".join(texts), int(request.args.get("status", 200)), {"Location": "/page?read"}
