"""The page where a reader says its token, and the way back to the page that was asked for."""

from html import escape
from typing import Final
from urllib.parse import parse_qs, quote

PATH: Final = "/login"
_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in – rtcpulse</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>
:root{{color-scheme:light dark}}
body{{font-family:system-ui,sans-serif;max-width:22rem;margin:12vh auto;padding:0 1rem}}
input,button{{font:inherit;padding:.5rem;width:100%;margin:.3rem 0;box-sizing:border-box}}
[role=alert]{{color:light-dark(#b34700,#ff9b5e)}}</style>
<h1>rtcpulse</h1>{said}<form method="post" action="{action}"><label>Reader token
<input name="token" type="password" autocomplete="current-password" autofocus required></label>
<button>Open the dashboard</button></form></html>"""


def page(query: str, *, refused: bool = False) -> bytes:
    """Return the page. `query` is what stood behind the `?` of its own address."""
    said = '<p role="alert">No reader has this token.</p>' if refused else ""
    return _PAGE.format(said=said, action=escape(f"{PATH}?next={quote(back_to(query), safe='')}")).encode()


def address(path: str, query: str) -> str:
    """Return the address of the page for somebody who asked for another one; `path` is as it was sent."""
    wanted = f"{path}?{query}" if query else path
    return f"{PATH}?next={quote(wanted, safe='')}"


def back_to(query: str) -> str:
    """Return the page of this dashboard that was asked for; never one of another host."""
    wanted = parse_qs(query).get("next", ["/"])[0]
    inside = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable() and "\\" not in wanted
    return quote(wanted, safe="/?&=%+,:;@!$'()*~-._") if inside else "/"


def token(body: bytes) -> str:
    """Return what the form said."""
    return parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
