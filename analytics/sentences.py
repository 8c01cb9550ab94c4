"""What was seen, in sentences: one for each symptom and direction, told by its own amounts and of nothing else."""

from collections.abc import Iterable, Iterator, Mapping

from analytics.cases import Sight, lasted
from schemas.counted import counted

_SENTENCES: Mapping[tuple[str, str], str] = {
    ("loss", "inbound"): "{media} that it received lost {percent} for {time}",
    ("loss", "outbound"): "reports said {percent} loss of {media} that it sent, for {time}",
    ("concealment", "inbound"): "{percent} of {media} that it received was made up for {time}",
    ("freeze", "inbound"): "the picture of {media} stood still for {percent} of {time}",
    ("jitter", "inbound"): "jitter was over 50 ms for {time}",
    ("jitter", "outbound"): "jitter of what it sent was over 50 ms for {time}",
    ("cpu", "outbound"): "the encoder was limited by CPU, or took over 80 % of the time, for {time}",
    ("cpu", "inbound"): "decoding took over 80 % of the time for {time}",
    ("bandwidth", "outbound"): "the sender limited its video for want of bandwidth for {time}",
    ("silence", "outbound"): "the microphone gave nothing but zeros for {time} while it was not muted",
    ("no_media", "inbound"): "the sender sent {media} and nothing of it came for {time}",
    ("connection", ""): "the connection was broken or being repaired for {time}",
}
_DELAY = "the round trip was 150 ms or more above its minimum of the hour before, or 800 ms or more, for {time}"


def told(sights: Iterable[Sight]) -> Iterator[str]:
    """Return a sentence for each symptom and direction among some sights, in the order in which they first come."""
    groups: dict[tuple[str, str], list[Sight]] = {}
    for one in sights:
        way = ("delay", "") if one.symptom == "delay" else (one.symptom, one.direction)
        groups.setdefault(way, []).append(one)
    for way, some in groups.items():
        sentence = _DELAY if way[0] == "delay" else _SENTENCES[way]
        yield sentence.format(media=media(some), percent=percent(some), time=seconds(some))


def media(sights: Iterable[Sight]) -> str:
    """Return how many media some sights are of."""
    count = len({one.link for one in sights})
    return "one medium" if count == 1 else counted(count, "medium")


def percent(sights: Iterable[Sight]) -> str:
    """Return the highest of the means of some ratios."""
    return f"{max(one.mean for one in sights):.0%}"


def seconds(sights: Iterable[Sight]) -> str:
    """Return for how long any of some sights was, in seconds."""
    return spell(lasted(sights))


def spell(ms: int) -> str:
    """Return a time in seconds; of less than one, its tenths."""
    return f"{ms / 1000:.0f} s" if ms >= 1000 else f"{ms / 1000:.1f} s"
