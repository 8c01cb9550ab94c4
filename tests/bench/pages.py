"""Whole pages: what a browser asks for when a page is opened, from the request to the answer.

Guard, callbacks, every query of the page, its figures, the answer as JSON: all but the network and the browser.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import httpx

from analytics.alerts.desk import AlertDesk
from analytics.queries import Filters, Queries
from dashboard.address import View, link
from dashboard.app import create_app
from dashboard.cards import failed
from dashboard.compareview import Cohort, CompareView
from dashboard.health import Health
from runtime.instruments import Instruments
from runtime.store import Store

TOKEN: Final = "reader"
UNASKED: Final = frozenset({"query", "reports"})
"""Pages that ask the store nothing until somebody asks for an answer or a report."""
_FAILED: Final = str(failed("").title)


class Pages:
    """Every page that asks the store, of what was there between the filters' ends.

    Args:
        store: what is asked.
        filters: project and range.
        session, room, incident: of which their pages tell.
    """

    def __init__(self, store: Store, filters: Filters, *, session: str, room: str, incident: str) -> None:
        app = create_app(
            Queries(store), readers=f"{TOKEN}:{filters.project}:admin", instruments=Instruments(), health=Health,
            alerts=AlertDesk(store),
        )  # fmt: skip
        headers = {"authorization": f"Bearer {TOKEN}", "accept-encoding": "gzip"}
        transport = httpx.ASGITransport(app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://dashboard", headers=headers, timeout=60)
        self._runner = asyncio.Runner()
        self._callbacks: list[Mapping[str, Any]] = self._asked("GET", "/_dash-dependencies").json()
        view = View(since=str(filters.since_ms), until=str(filters.until_ms))
        compared = CompareView(view, Cohort(when="before"), Cohort())
        self._addresses = {
            "fleet": f"/{view.search()}",
            "incidents": f"/incidents{view.search()}",
            "incident": f"/incident/{incident}",
            "compare": f"/compare{compared.search()}",
            "alerts": f"/alerts{view.search()}",
            "room": link("room", room, view),
            "session": link("session", session, View()),
            "servers": f"/servers{view.search()}",
            "pipeline": f"/pipeline{view.search()}",
            "search": f"/search/{session[:6]}",
        }

    def opened(self) -> dict[str, Callable[[], int]]:
        """Return what opens each page: its frame and then its content; it returns the bytes of the answers."""
        return {name: self._opening(name, address) for name, address in self._addresses.items()}

    def _opening(self, page: str, address: str) -> Callable[[], int]:
        wanted = [one for one in self._callbacks if _inputs(one) & {"url.pathname", f"{page}-tick.n_intervals"}]
        frame_first = sorted(wanted, key=lambda one: "url.pathname" not in _inputs(one))
        bodies = [_body(one, address) for one in frame_first]
        return lambda: sum(self._answer(body) for body in bodies)

    def _answer(self, body: Mapping[str, Any]) -> int:
        answer = self._asked("POST", "/_dash-update-component", json=body)
        if _FAILED in answer.text:
            raise AssertionError(answer.text[:1000])
        return len(answer.content)

    def _asked(self, method: str, path: str, json: object = None) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, json=json)).raise_for_status()


def _inputs(callback: Mapping[str, Any]) -> set[str]:
    return {f"{one['id']}.{one['property']}" for one in callback["inputs"]}


def _body(callback: Mapping[str, Any], address: str) -> dict[str, Any]:
    """Return what the browser posts for a callback when a page is new: where it is, and nothing else is known yet."""
    return {
        "output": callback["output"],
        "outputs": _outputs(callback["output"]),
        "inputs": _valued(callback["inputs"], address),
        "state": _valued(callback["state"], address),
        "changedPropIds": [],
    }


def _outputs(said: str) -> Any:
    """Return `..a.b...c.d..` as the places that it names; a single one is no list."""
    names = said.removeprefix("..").removesuffix("..").split("...")
    places = [{"id": name.rpartition(".")[0], "property": name.rpartition(".")[2]} for name in names]
    return places if said.startswith("..") else places[0]


def _valued(places: Sequence[Mapping[str, str]], address: str) -> list[dict[str, Any]]:
    path, mark, search = address.partition("?")
    known = {"pathname": path, "search": mark + search}
    return [{**one, "value": known.get(one["property"]) if one["id"] == "url" else None} for one in places]
