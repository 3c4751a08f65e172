"""Templates written for Flask render the same messages here."""

from __future__ import annotations

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web
from aiohttp_session import AbstractStorage
from markupsafe import Markup
from support.apps import AiohttpClient, does, make_app
from support.templating import renders

from aiohttp_flashbag import flash

# The pages that Flask 3.1.3 with Jinja 3.1.6 renders, on the request after a redirect, from the
# messages that `save` flashes.
PAGES = {
    "{% for m in get_flashed_messages() %}<p>{{ m }}</p>{% endfor %}": "<p>Saved &amp; sent</p><p><b>Half</b> saved</p>",
    "{% with messages = get_flashed_messages() %}{% if messages %}<ul>{% for message in messages %}<li>{{ message }}</li>{% endfor %}</ul>{% endif %}{% endwith %}": "<ul><li>Saved &amp; sent</li><li><b>Half</b> saved</li></ul>",
    "{% for category, message in get_flashed_messages(with_categories=true) %}<p class='{{ category }}'>{{ message }}</p>{% endfor %}": "<p class='info'>Saved &amp; sent</p><p class='error'><b>Half</b> saved</p>",
    "{% if get_flashed_messages() %}{% for m in get_flashed_messages() %}<p>{{ m }}</p>{% endfor %}{% endif %}": "<p>Saved &amp; sent</p><p><b>Half</b> saved</p>",
    "{% if get_flashed_messages() %}{% for c, m in get_flashed_messages(with_categories=true) %}<p>{{ c }} {{ m }}</p>{% endfor %}{% endif %}": "<p>info Saved &amp; sent</p><p>error <b>Half</b> saved</p>",
    "{% with errors = get_flashed_messages(category_filter=['error']) %}{% for e in errors %}<b>{{ e }}</b>{% endfor %}{% endwith %}": "<b><b>Half</b> saved</b>",
    "{% for m in get_flashed_messages(with_categories=True, category_filter=['error', 'info']) %}{{ m[0] }}: {{ m[1] }};{% endfor %}": "info: Saved &amp; sent;error: <b>Half</b> saved;",
    "{% for m in get_flashed_messages(category_filter=['error']) %}E {{ m }}{% endfor %}{% for m in get_flashed_messages(category_filter=['info']) %}I {{ m }}{% endfor %}": "E <b>Half</b> savedI Saved &amp; sent",
    "{% for category, message in get_flashed_messages(true) %}{{ category }} {{ message }};{% endfor %}": "info Saved &amp; sent;error <b>Half</b> saved;",
    "{{ get_flashed_messages()|join(', ') }}": "Saved &amp; sent, <b>Half</b> saved",
    "{{ get_flashed_messages()[0] }}": "Saved &amp; sent",
    "{{ get_flashed_messages()|length }} messages": "2 messages",
    "{% for m in get_flashed_messages() %}{% if m == 'Saved & sent' %}yes{% else %}no{% endif %}{% endfor %}": "yesno",
    "{% for m in get_flashed_messages() %}{% if 'Saved' in m %}yes{% else %}no{% endif %}{% endfor %}": "yesno",
    "{% for m in get_flashed_messages() %}{{ m[:7] }};{% endfor %}": "Saved &amp;;<b>Half;",
    "{% for m in get_flashed_messages() %}{{ m.startswith('Saved') }};{% endfor %}": "True;False;",
    "{% for m in get_flashed_messages() %}{{ m.split(' ')[0] }};{% endfor %}": "Saved;<b>Half</b>;",
    "<script>show({{ get_flashed_messages()|tojson }})</script>": '<script>show(["Saved \\u0026 sent", "\\u003cb\\u003eHalf\\u003c/b\\u003e saved"])</script>',
    "{% for m in get_flashed_messages() %}toast({{ m|tojson }});{% endfor %}": 'toast("Saved \\u0026 sent");toast("\\u003cb\\u003eHalf\\u003c/b\\u003e saved");',
    "{% for m in get_flashed_messages() %}{{ m|safe }};{% endfor %}": "Saved & sent;<b>Half</b> saved;",
    "{% for m in get_flashed_messages() %}{{ m|upper }} {{ m|truncate(6, True, '...') }} {{ m|replace('a', 'o') }} {{ m|striptags }} {{ m|trim|capitalize }} {{ m|length }};{% endfor %}": "SAVED &amp; SENT Sav... Soved &amp; sent Saved &amp; sent Saved &amp; sent 12;<B>HALF</B> SAVED <b>... <b>Holf</b> soved Half saved <b>half</b> saved 17;",
    "{% for m in get_flashed_messages() %}{{ m ~ '!' }} {{ 'Note: ' + m }} {{ '%s.'|format(m) }};{% endfor %}": "Saved &amp; sent! Note: Saved &amp; sent Saved &amp; sent.;<b>Half</b> saved! Note: <b>Half</b> saved &lt;b&gt;Half&lt;/b&gt; saved.;",
    "{{ get_flashed_messages()|map('upper')|join(' ') }} {{ get_flashed_messages()|select('equalto', 'Saved & sent')|list|length }}": "SAVED &amp; SENT <B>HALF</B> SAVED 1",
}


def save(request: web.Request) -> None:
    flash(request, "Saved & sent", "info")
    flash(request, Markup("<b>Half</b> saved"), "error")


@pytest.mark.parametrize(("template", "page"), PAGES.items(), ids=map(str, range(len(PAGES))))
async def test_66_a_template_written_for_flask_renders_the_same_page(
    aiohttp_client: AiohttpClient, encrypted_storage: AbstractStorage, template: str, page: str
) -> None:
    redirects = does(save, answer=lambda: web.HTTPSeeOther("/"))
    app = make_app(encrypted_storage, web.post("/", redirects), web.get("/", renders("page.html")))
    aiohttp_jinja2.setup(app, loader=jinja2.DictLoader({"page.html": template}))
    client = await aiohttp_client(app)
    response = await client.post("/")
    assert (response.status, await response.text()) == (200, page)
