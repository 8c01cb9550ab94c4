"""The Session page's part on watching: whether its client is asked for more at the moment, until when, and the button.

It stands in a place of its own, whose parts are never made anew: the content beside it changes every few seconds, and
who pressed a button by the keyboard must not lose it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from dash import Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import joined, sessiontiles, times
from dashboard.address import now_ms
from dashboard.desk import Desk
from runtime.watching import EVERY, POLL_MS, SEND_MS, Watch, Watching
from schemas.errors import RtcpulseError

MINUTES: Final = 10
APART: Final = (
    "This dashboard does not run with its collectors, so it cannot ask for more readings: give all of them one file by "
    "RTCPULSE_WATCHED_FILE."
)
NOT_YOURS: Final = "Only an admin of the project may watch a session: RTCPULSE_READERS=TOKEN:PROJECT:admin."
OVER: Final = "The session is no longer live: there is no client to ask."
Shown = tuple[bool, str, bool, str]
"""Whether the part is hidden; the button's text, whether it is hidden; the sentence."""


def layout() -> Any:
    """Return the part, hidden until it is known that the session is live."""
    spoken: Any = {"aria-live": "polite"}
    parts = [
        html.Button("Watch", id="session-watch-act", className="quiet", hidden=True),
        html.Span(id="session-watch-said", className="soft", **spoken),
        html.Strong(id="session-watch-problem", className="poor", role="alert"),
    ]
    return html.Div(html.Div(parts, className="acts"), id="session-watch", hidden=True)


def outputs(*, again: bool = False) -> list[Output]:
    """Return what shows the part, in the order of `Shown`; `again` where another callback has it too."""
    places = (("", "hidden"), ("-act", "children"), ("-act", "hidden"), ("-said", "children"))
    return [Output(f"session-watch{part}", member, allow_duplicate=again) for part, member in places]


def register(app: Dash, desk: Desk) -> None:
    """Add the button's callback; the page's own shows the part."""

    @app.callback(
        *outputs(again=True),
        Output("session-watch-problem", "children"),
        Input("session-watch-act", "n_clicks"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    async def _act(clicks: int | None, pathname: str) -> Any:
        if not clicks or not pathname.startswith("/session/"):
            raise PreventUpdate
        name, project, may_act = unquote(pathname.removeprefix("/session/")), desk.project(), desk.may_act()
        return await asyncio.to_thread(lambda: _turned(desk, project, name, may_act=may_act))


def shown(watching: Watching | None, project: str, session: str, *, may_act: bool, is_live: bool, now: int) -> Shown:
    """Return what the part shows.

    Args:
        watching: who is watched; None: this process does not know.
        project: the reader's.
        session: its id.
        may_act: whether the reader may change it.
        is_live: whether the session goes on.
        now: ms since the Unix epoch.
    """
    if not is_live:
        return True, "Watch", True, ""
    if watching is None:
        return not may_act, "Watch", True, APART
    watch = watching.of(project, session, now)
    if watch is None:
        asks = f"asks its client for {_pace(POLL_MS, SEND_MS)}, for {MINUTES} minutes."
        return not may_act, "Watch", not may_act, asks
    pace = f"{_pace(watch.poll_ms, watch.send_ms)}, until {times.clock(watch.until_ms)[:8]} UTC."
    if watch.session == EVERY:
        return False, "Watch", not may_act, f"Every client of the project is asked for {pace}"
    return False, "Stop watching", not may_act, f"Watched: its client is asked for {pace}"


def _turned(desk: Desk, project: str, session: str, *, may_act: bool) -> tuple[Any, ...]:
    """Watch a session that is not watched by itself, or end that; return what the part shows then, and the problem."""
    watching, now = desk.watching, now_ms()
    if watching is None or not may_act:
        return *[no_update] * 4, APART if watching is None else NOT_YOURS
    problem = ""
    try:
        watch = watching.of(project, session, now)
        if watch and watch.session == session:
            watching.end(project, session, now)
        elif session != EVERY and _is_live(desk, project, session, now):
            watching.begin(Watch(project, session, now + MINUTES * 60_000), now)
        else:
            problem = OVER
    except RtcpulseError as error:
        problem = str(error).split(". In scope ")[0]
    return *shown(watching, project, session, may_act=True, is_live=True, now=now), problem


def can_be_asked(facts: Mapping[str, Any], verdict: Mapping[str, Any] | None, now: int) -> bool:
    """Return whether a session goes on and its own client tells of it: a server's view of it has nobody to ask."""
    return facts["role"] == "client" and sessiontiles.is_live(facts, verdict, now)


def _is_live(desk: Desk, project: str, session: str, now: int) -> bool:
    facts = desk.queries.session_facts(project, session)
    if facts is None:
        return False
    facts = joined.spanned(facts, session, desk.queries.session_links(project, session))
    return can_be_asked(facts, desk.queries.session_verdict(project, session), now)


def _pace(poll_ms: int, send_ms: int) -> str:
    every = "second" if poll_ms == 1000 else f"{poll_ms / 1000:g} s"
    return f"a reading every {every}, sent every {send_ms / 1000:g} s"
