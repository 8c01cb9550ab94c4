"""The address of the incidents' list holds its whole state, beside what every page understands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import incidentview
from dashboard.address import View, read
from dashboard.incidentview import GROUPS, LENGTHS, SEVERITIES, SORTS, IncidentView
from schemas.incidents import CAUSES, SIDES

WORDS = st.text(max_size=8)
VIEWS = st.builds(
    IncidentView, view=st.builds(View, app=WORDS, region=WORDS), cause=st.sampled_from(["", *CAUSES]),
    side=st.sampled_from(["", *SIDES]), severity=st.sampled_from(["", *SEVERITIES]), node=WORDS, room=WORDS, text=WORDS,
    asn=st.sampled_from(["", "64500"]), prefix=WORDS, group=st.sampled_from(sorted(GROUPS)),
    sort=st.sampled_from(sorted(SORTS)), most=st.sampled_from(LENGTHS),
)  # fmt: skip


@given(VIEWS)
def test_what_is_written_is_read(state: IncidentView) -> None:
    """Every view comes back from its address, also after the bar changed the range and fixed it."""
    assert incidentview.of(read(state.search())) == state
    moved = read(state.search()).kept(range="6h", since="5", until="7")
    assert incidentview.of(read(moved)) == replace(state, view=replace(state.view, range="6h", since="5", until="7"))


@pytest.mark.parametrize(
    "said", ["cause=magic", "side=left", "severity=bad", "group=star", "sort=x", "asn=AS5", "most=9"]
)
def test_what_is_wrong_is_left_out(said: str) -> None:
    """The usual view stands in for it."""
    assert incidentview.of(read(f"?{said}&view=1")) == IncidentView(View())


def test_a_filter_changes_one_thing() -> None:
    """Of its own or of all pages; to show all again takes every filter away and no order."""
    state = incidentview.of(read("?range=24h&app=a&cause=delay&sort=length&group=room"))
    assert state.search(app="b") == "?range=24h&app=b&cause=delay&group=room&sort=length"
    assert state.search(cause="") == "?range=24h&app=a&group=room&sort=length"
    assert state.without_filters() == "?range=24h&group=room&sort=length"
    assert state.filtered
    assert not incidentview.of(read("?range=24h&sort=length")).filtered
    assert (state.chosen("app"), state.chosen("cause")) == ("a", "delay")
