"""Callbacks on threads: one that waits does not keep another from being answered."""

import asyncio
import threading
from typing import Any

import httpx
from dash import Input, Output, html
from fastapi import FastAPI

from dashboard.threaded import ThreadedDash

PATIENCE_S = 20


async def test_a_callback_that_waits_holds_up_no_other() -> None:
    """The first waits for what the second says."""
    server: Any = FastAPI()
    app = ThreadedDash("threaded", server=server, use_pages=False)
    app.layout = html.Div([html.Div(id=name) for name in ("asked", "waits", "says")])
    said = threading.Event()

    @app.callback(Output("waits", "children"), Input("asked", "children"))
    def _waits(_: str) -> str:
        return "heard" if said.wait(PATIENCE_S) else "in vain"

    @app.callback(Output("says", "children"), Input("asked", "children"))
    def _says(_: str) -> str:
        said.set()
        return "said"

    set_up: Any = app._setup_server  # Dash does it when the page is asked for
    set_up()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://dashboard") as client:
        waits, says = await asyncio.gather(
            *(client.post("/_dash-update-component", json=_asked(name)) for name in ("waits", "says"))
        )
    answers = [waits.json()["response"]["waits"], says.json()["response"]["says"]]
    assert answers == [{"children": "heard"}, {"children": "said"}]


def _asked(name: str) -> dict[str, Any]:
    return {
        "output": f"{name}.children",
        "outputs": {"id": name, "property": "children"},
        "inputs": [{"id": "asked", "property": "children", "value": ""}],
        "changedPropIds": ["asked.children"],
    }
