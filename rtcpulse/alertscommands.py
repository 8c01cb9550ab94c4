"""`rtcpulse alerts check|rules|backtest|list|history|ack|silence|silences|unsilence`.

What they need is imported when they run: every process loads this module, and the collector must not load the engine.
"""

import getpass
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from analytics.alerts.backtest import SEVERE, SEVERITIES, Tested, backtest
from analytics.alerts.course import Happening
from analytics.alerts.desk import GOING_ON, STATES, AlertDesk
from analytics.alerts.rules import Rule, WrongRules, load_rules, read_rules
from rtcpulse.analyticscommands import moment
from rtcpulse.terminal import AsJson, print_rows, settings_of
from runtime.settings import Settings
from schemas.counted import counted
from schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from runtime.store import Store

app = typer.Typer(no_args_is_help=True, help="See, acknowledge and silence alerts; check and try rules.")

File = Annotated[Path, typer.Argument(help="rule file")]
Project = Annotated[str, typer.Option(help="of one project only")]
OfProject = Annotated[str, typer.Option(help="whose")]
Comment = Annotated[str, typer.Option(help="why")]
Since = Annotated[str, typer.Option("--from", help="begin: ISO 8601, UTC where it says no zone, or -90m, -2h, -1d")]
Until = Annotated[str, typer.Option("--to", help="end, likewise; none: now")]
LISTED = ("state", "alert", "project", "since", "seconds", "value", "labels", "fingerprint", "remarks")


@app.command()
def check(file: File, as_json: AsJson = False) -> None:
    """Say whether a rule file is right; else what is wrong, by line and column, and end with 1."""
    try:
        rules = read_rules(_read(file), str(file))
    except WrongRules as error:
        for one in error.problems:
            if as_json:
                typer.echo(msgspec.json.encode(one).decode())
            else:
                typer.echo(f"{file}:{one.line}:{one.column}: {one.sentence}", err=True)
        raise SystemExit(1) from None
    if not as_json:
        typer.echo(f"{file} is right: {counted(len(rules), 'rule')}")


@app.command()
def rules(as_json: AsJson = False) -> None:
    """List the rules that are evaluated."""
    settings = settings_of("alerts")
    found = load_rules(settings.alert_rules, library=settings.alert_library)
    rows = [
        {"alert": one.name, "group": one.group, "expr": one.expr, "for_s": one.timing.for_s,
         "keep_firing_for_s": one.timing.keep_s, "at": f"{one.source}:{one.line}"}
        for one in found
    ]  # fmt: skip
    print_rows(("alert", "group", "expr", "for s", "keep s", "at"), rows, as_json=as_json)


@app.command("backtest")
def tried(
    file: File,
    since: Since,
    until: Until = "",
    project: Project = "",
    alert: Annotated[list[str] | None, typer.Option(help="this rule of the file only; may stand several times")] = None,
    severity: Annotated[list[str] | None, typer.Option(help="of incidents that should not be missed")] = None,
    as_json: AsJson = False,
) -> None:
    """Replay rules over what is stored: when they would have fired, on whom, how long, and what they had missed."""
    some = read_rules(_read(file), str(file))
    _check(alert or (), [one.name for one in some], f"{file} has no rule")
    _check(severity or (), SEVERITIES, "no incident is of severity")
    chosen = [one for one in some if not alert or one.name in alert]
    if not chosen:
        raise ConfigurationError(f"{file} has no rule")
    now = time.time()
    begin, end = moment(since, now, "--from"), moment(until, now, "--to") if until else round(now)
    if begin >= end:
        raise ConfigurationError("--from lies after --to")
    with _store(settings_of("alerts")) as store:
        tests = _with_bar(store, chosen, begin, end, project, severity or SEVERE)
    for variations in tests:
        _show(variations, as_json=as_json)


def _check(said: Sequence[str], known: Sequence[str], wrong: str) -> None:
    """Refuse what is not known: a word with a slip in it would select nothing, and look like an answer."""
    unknown = [one for one in said if one not in known]
    if unknown:
        raise ConfigurationError(
            f"{wrong} {' or '.join(unknown)}; there are {', '.join(dict.fromkeys(known)) or 'none'}"
        )


def _with_bar(
    store: "Store", rules: Sequence[Rule], begin: int, end: int, project: str, severities: Sequence[str]
) -> list[list[Tested]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
        bar = bars.add_task("replay", total=end - begin)
        return backtest(
            store, rules, begin, end, project=project, severities=severities,
            progress=lambda at: bars.update(bar, completed=at - begin),
        )  # fmt: skip


def _show(variations: Sequence[Tested], *, as_json: bool) -> None:
    """Print what a rule would have done, then what other thresholds trade."""
    first = variations[0]
    if as_json:
        for one in variations:
            typer.echo(msgspec.json.encode(_summary(one) | {"alerts": [_fired(each) for each in one.fired]}).decode())
        return
    typer.echo(f"\n{first.rule.name}: {first.rule.expr}")
    if first.fired:
        rows = [row | {"labels": _labels(row["labels"])} for row in map(_fired, first.fired)]
        print_rows(("fired", "seconds", "value", "worst", "labels"), rows, as_json=False)
    ordered = sorted(variations, key=lambda one: one.threshold or 0)
    rows = [{**_summary(one), "missed": len(one.missed)} for one in ordered]
    print_rows(("threshold", "alerts", "on", "seconds", "caught", "missed", "without incident"), rows, as_json=False)


def _summary(one: Tested) -> dict[str, Any]:
    return {
        "threshold": one.threshold,
        "fired": len(one.fired),
        "on": len({each.key for each in one.fired}),
        "seconds": one.seconds,
        "caught": len(one.caught),
        "missed": list(one.missed),
        "without_incident": one.without,
    }


def _fired(one: Happening) -> dict[str, Any]:
    episode = one.episode
    fired_at = episode.fired_at or episode.active_at
    return {
        "fired": _clock(fired_at),
        "seconds": None if episode.ended_at is None else episode.ended_at - fired_at,
        "value": round(episode.value, 6),
        "worst": round(episode.worst, 6),
        "labels": one.labels,
    }


@app.command("list")
def listed(
    project: Project = "",
    since: Annotated[str, typer.Option("--from", help="also what was over since then: ISO 8601 or -2h")] = "",
    as_json: AsJson = False,
) -> None:
    """List the alerts that are pending or firing."""
    since_ms = moment(since, time.time(), "--from") * 1000 if since else 0
    with _store(settings_of("alerts")) as store:
        rows = AlertDesk(store).alerts(project, states=STATES if since else GOING_ON, since_ms=since_ms)
    _print_alerts(rows, as_json=as_json)


@app.command()
def history(fingerprint: str, project: Project = "", as_json: AsJson = False) -> None:
    """List the times in which one alert was pending or firing."""
    with _store(settings_of("alerts")) as store:
        rows = AlertDesk(store).history(project, fingerprint)
    _print_alerts(rows, as_json=as_json)


@app.command()
def ack(
    fingerprint: Annotated[str, typer.Argument(help="of an alert that goes on, or its beginning")],
    project: Project = "",
    comment: Comment = "",
) -> None:
    """Acknowledge an alert: it is not told again while it goes on."""
    with _store(settings_of("alerts")) as store:
        count = AlertDesk(store).acknowledge(project, fingerprint, author=_author(), comment=comment)
    typer.echo(f"{counted(count, 'alert')} acknowledged")


@app.command()
def silence(
    matchers: Annotated[list[str], typer.Argument(help='NAME=VALUE, also with !=, =~, !~: room="standup"')],
    project: OfProject,
    minutes: Annotated[int, typer.Option("--for", min=1, help="minutes that it is in force")] = 60,
    comment: Comment = "",
) -> None:
    """Let nothing be told of alerts whose labels match all of the matchers."""
    until_ms = round((time.time() + minutes * 60) * 1000)
    with _store(settings_of("alerts")) as store:
        made = AlertDesk(store).silence(project, matchers, until_ms, author=_author(), comment=comment)
    typer.echo(f"silence {made.id} until {_clock(made.until)}")


@app.command()
def silences(project: Project = "", as_json: AsJson = False) -> None:
    """List the silences that are in force."""
    with _store(settings_of("alerts")) as store:
        found = AlertDesk(store).silences(project)
    rows = [
        {"id": one.id, "project": one.project, "matchers": " ".join(one.matchers), "until": _clock(one.until),
         "author": one.author, "comment": one.comment}
        for one in found
    ]  # fmt: skip
    print_rows(("id", "project", "matchers", "until", "author", "comment"), rows, as_json=as_json)


@app.command()
def unsilence(silence_id: str, project: Project = "") -> None:
    """End a silence."""
    with _store(settings_of("alerts")) as store:
        AlertDesk(store).unsilence(project, silence_id)
    typer.echo(f"silence {silence_id} has ended: what it held back and still fires is told now")


def _print_alerts(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            typer.echo(msgspec.json.encode(row).decode())
        return
    print_rows(LISTED, map(_line, rows), as_json=False)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    fired_ms, ended_ms = row["fired_ms"], row["ended_ms"]
    until_ms = ended_ms or time.time() * 1000
    remarks = [f"acknowledged by {row['acknowledged_by'] or 'somebody'}"] * (row["acknowledged_ms"] is not None)
    remarks += ["silenced"] * bool(row["silenced"]) + ["flapping"] * bool(row["flapping"])
    remarks += [f"not delivered: {row['delivery_error']}"] * bool(row["delivery_error"])
    return {
        "state": row["state"],
        "alert": row["alert"],
        "project": row["project"],
        "since": _clock((fired_ms or row["active_ms"]) // 1000),
        "seconds": round((until_ms - (fired_ms or row["active_ms"])) / 1000),
        "value": round(row["value"], 6),
        "labels": _labels(row["labels"]),
        "fingerprint": row["fingerprint"],
        "remarks": "; ".join(remarks),
    }


def _labels(labels: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in labels.items() if name not in {"alertname", "project"})


def _clock(moment_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment_s))


def _author() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from None


@contextmanager
def _store(settings: Settings) -> "Iterator[Store]":
    from runtime.stores import any_store, is_embedded, store_directory  # noqa: PLC0415 - as the module says

    if is_embedded(settings) and not store_directory(settings).exists():
        raise ConfigurationError(f"there is no store in {store_directory(settings)}: nothing was started yet")
    store = any_store(settings)
    try:
        yield store
    finally:
        store.close()
