"""Each alert is told at least once, can be told apart, and is told to be over; what people said is heeded."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from analytics.alerts.desk import AlertDesk
from analytics.alerts.fingerprint import fingerprint
from analytics.alerts.outbox import Outbox
from analytics.alerts.storage import ALERTS, Alert, alert_rows
from rtcpulse.alerting import notifier as module
from rtcpulse.alerting.notifier import Notifier, Pace
from rtcpulse.alerting.targets import Chat, Target, Webhook
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.leader import Alone
from runtime.outbound import Guard, Outbound, networks
from tests.alerting.receiver import DOWN, HANGS, OK, Receiver, receiving

SECRET = "a secret"
QUICK = Pace(wait_s=0, group_s=0)


class Board:
    """The alerts of one project, as an evaluator stores them; only they are told."""

    def __init__(self, store: ChdbStore, project: str) -> None:
        self.store = store
        self.project = project
        self.desk = AlertDesk(store)
        self._version = time.time_ns()

    def put(self, room: str, state: str = "firing", *, alert: str = "RoomBad", fired_ago_s: int = 30) -> Alert:
        """Store an alert in a state."""
        now = int(time.time())
        labels = {"alertname": alert, "project": self.project, "room": room}
        fired_at = now - fired_ago_s
        one = Alert(
            self.project, fingerprint(labels), fired_at, alert, "g", "g/r/1", state, fired_at, None, fired_at * 1000,
            1.0, 1.0, 0, json.dumps(labels), json.dumps({"summary": f"{room} is bad"}),
        )  # fmt: skip
        return self.change(one, state, ended_ago_s=fired_ago_s // 2)

    def change(self, one: Alert, state: str, *, ended_ago_s: int = 0) -> Alert:
        """Store it in another state."""
        self._version += 1
        ended = None if state == "firing" else int(time.time()) - ended_ago_s
        one = replace(one, state=state, ended_at=ended)
        self.store.insert(ALERTS, alert_rows([one], [], self._version))
        return one


class OfProject(Outbox):
    """An outbox in which the alerts of other tests are not."""

    def __init__(self, store: ChdbStore, project: str) -> None:
        super().__init__(store)
        self.project = project

    def notices(self) -> Any:
        """Return those of one project."""
        return [one for one in super().notices() if one.project == self.project]


@pytest.fixture
def board(store: ChdbStore, project: str) -> Board:
    """The alerts of a project of the test's own."""
    return Board(store, project)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look and try again soon."""
    monkeypatch.setattr(module, "LOOK_S", 0.2)
    monkeypatch.setattr(module, "RETRY_S", 0.05)


def webhook(hook: Receiver, timeout_s: float = 5.0) -> Webhook:
    """Return the receiver as a target."""
    return Webhook(
        hook.url, SECRET, Outbound(Guard(networks("127.0.0.0/8", "S")), timeout_s=timeout_s), "https://rtc.example"
    )


@asynccontextmanager
async def telling(board: Board, target: Target, pace: Pace = QUICK) -> AsyncIterator[asyncio.Future[None]]:
    """Tell a target until the block ends, or the task is cancelled."""
    one = Notifier(target, OfProject(board.store, board.project), pace, Instruments(), Alone())
    stop = asyncio.Event()
    running = asyncio.ensure_future(one.run(stop))
    try:
        yield running
    finally:
        stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def until(seen: Callable[[], Any], within_s: float = 20) -> Any:
    """Wait until something is seen, and return it."""
    async with asyncio.timeout(within_s):
        while not (found := seen()):
            await asyncio.sleep(0.02)
    return found


def told(hook: Receiver) -> list[tuple[str, str]]:
    """Return room and status of what was taken, in order."""
    return [(one["labels"]["room"], one["status"]) for each in hook.taken() for one in each.alerts()]


async def test_a_receiver_that_fails_hangs_and_is_away_is_told_in_the_end(board: Board) -> None:
    """Once it takes what comes; what it took is not told again, and each message is the same message."""
    async with receiving(DOWN) as hook, telling(board, webhook(hook, 0.3)):
        one = board.put("a")
        await until(lambda: len(hook.received) >= 2)
        hook.answer = HANGS
        seen = len(hook.received)
        await until(lambda: len(hook.received) > seen)
        await hook.stop()
        hook.answer = OK
        await asyncio.sleep(0.3)
        await hook.start()
        await until(lambda: told(hook) == [("a", "firing")])
        board.change(one, "resolved")
        await until(lambda: told(hook) == [("a", "firing"), ("a", "resolved")])
    first = [each for each in hook.received if each.alerts()[0]["status"] == "firing"]
    assert len({each.headers["webhook-id"] for each in first}) == 1
    assert {(each.alerts()[0]["fingerprint"], each.alerts()[0]["startsAt"]) for each in hook.received} == {
        (one.fingerprint, hook.received[0].alerts()[0]["startsAt"])
    }


async def test_a_message_is_signed(board: Board) -> None:
    """As Standard Webhooks has it, over id, time and body; and links to the page that shows why."""
    async with receiving() as hook, telling(board, webhook(hook)):
        board.put("a room")
        (message,) = await until(hook.taken)
    headers = message.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + message.body
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 30
    said = json.loads(message.body)
    assert (said["version"], said["status"], said["groupLabels"]["alertname"]) == ("4", "firing", "RoomBad")
    assert said["alerts"][0]["generatorURL"].startswith("https://rtc.example/room/a%20room?since=")


async def test_who_was_killed_before_it_told_tells(board: Board) -> None:
    """What is stored and not told is told by the next process; what was told is not."""
    async with receiving(HANGS) as hook:
        async with telling(board, webhook(hook)) as killed:
            board.put("a")
            await until(lambda: hook.received)
            hook.answer = OK
            killed.cancel()
        async with telling(board, webhook(hook)):
            await until(lambda: told(hook) == [("a", "firing")])
        async with telling(board, webhook(hook)):
            board.put("b")
            await until(lambda: ("b", "firing") in told(hook))
        assert told(hook) == [("a", "firing"), ("b", "firing")]


async def test_what_fired_and_was_over_while_a_receiver_was_away_is_told(board: Board) -> None:
    """To be over; what late data say never fired is not, unless somebody was told so."""
    async with receiving(DOWN) as hook, telling(board, webhook(hook)):
        one, other = board.put("a"), board.put("never", alert="Other")
        await until(lambda: len(hook.received) >= 2)
        board.change(one, "resolved")
        board.change(other, "retracted")
        hook.answer = OK
        await until(lambda: told(hook) == [("a", "resolved")])
        third = board.put("taken back")
        await until(lambda: ("taken back", "firing") in told(hook))
        board.change(third, "retracted")
        await until(lambda: ("taken back", "resolved") in told(hook))
    assert "never" not in dict(told(hook))


async def test_alerts_of_one_name_are_told_together(board: Board) -> None:
    """First after a short wait, then not too often; another name by itself."""
    async with receiving() as hook, telling(board, webhook(hook), Pace(wait_s=0.5, group_s=1.5)):
        for room in "abc":
            board.put(room, fired_ago_s=0)
        board.put("d", alert="Other", fired_ago_s=0)
        await until(lambda: len(hook.taken()) == 2)
        assert sorted(len(each.alerts()) for each in hook.taken()) == [1, 3]
        first_at = time.monotonic()
        board.put("e")
        await until(lambda: len(hook.taken()) == 3)
        assert time.monotonic() - first_at > 0.7


async def test_silences_and_acknowledgements(board: Board) -> None:
    """What is silenced is not told until the silence ends; what is acknowledged is not told again."""
    silence = board.desk.silence(board.project, ['room="quiet"'], round(time.time() * 1000) + 60_000)
    async with receiving() as hook, telling(board, webhook(hook), Pace(wait_s=0, group_s=0, repeat_s=0.6)):
        board.put("quiet")
        loud = board.put("loud", alert="Loud")
        await until(lambda: told(hook).count(("loud", "firing")) == 2)
        assert "quiet" not in dict(told(hook))
        assert board.desk.acknowledge(board.project, loud.fingerprint, author="me") == 1
        await asyncio.sleep(0.3)
        before = told(hook).count(("loud", "firing"))
        board.desk.unsilence(board.project, silence.id)
        await until(lambda: told(hook).count(("quiet", "firing")) == 2)
        assert told(hook).count(("loud", "firing")) == before
        (row,) = [row for row in board.desk.alerts(board.project) if row["alert"] == "Loud"]
        assert (row["acknowledged_by"], row["told"]) == ("me", [f"{webhook(hook).name}: firing"])


async def test_a_new_target_is_not_told_of_the_past(board: Board) -> None:
    """Only of what fires now."""
    board.put("past", "resolved")
    async with receiving() as hook, telling(board, webhook(hook)):
        board.put("now")
        await until(lambda: told(hook) == [("now", "firing")])
        await asyncio.sleep(0.3)
        assert told(hook) == [("now", "firing")]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise, where it is still there
async def test_chats_are_told_in_words(board: Board) -> None:
    """By apprise, whose address goes through the guard too."""
    async with receiving() as hook:
        url = f"json://127.0.0.1:{hook.port}/chat"
        chat = Chat(url, Guard(networks("127.0.0.0/8", "S")), "https://rtc.example")
        async with telling(board, chat):
            board.put("a")
            (message,) = await until(hook.taken)
        said = json.loads(message.body)
        assert said["title"] == f"RoomBad: 1 firing ({board.project})"
        assert said["message"].startswith("[firing] a is bad\nhttps://rtc.example/room/a?since=")
        async with telling(board, Chat(url + "/other", Guard(), "")):
            await until(
                lambda: any("public internet" in row["delivery_error"] for row in board.desk.alerts(board.project))
            )
        assert len(hook.received) == 1
    with pytest.raises(ValueError, match=r"no service for this address \(nothing:"):
        Chat("nothing://x", Guard(), "")
