"""Settings: both sources, the same names; what is wrong stops the start with a sentence that names it."""

from pathlib import Path

import pytest

from runtime.logs import log_directory
from runtime.settings import PREFIX, Settings, address, check_exposure, load, reference
from schemas.errors import ConfigurationError


def test_the_variable_wins_over_the_file(tmp_path: Path) -> None:
    """The same names in both."""
    (tmp_path / "rtcpulse.toml").write_text('data = "from-file"\nlog_days = 3\n')
    settings = load({"RTCPULSE_DATA": "from-environ"}, tmp_path)
    assert (settings.data, settings.log_days, settings.raw_days) == (Path("from-environ"), 3, 30)


def test_a_file_can_be_named(tmp_path: Path) -> None:
    """RTCPULSE_CONFIG; a file that is not there is an error then."""
    (tmp_path / "other.toml").write_text("log_days = 9")
    assert load({"RTCPULSE_CONFIG": str(tmp_path / "other.toml")}, tmp_path).log_days == 9
    with pytest.raises(ConfigurationError, match="RTCPULSE_CONFIG"):
        load({"RTCPULSE_CONFIG": str(tmp_path / "none.toml")}, tmp_path)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"RTCPULSE_LOG_DAY": "3"}, "RTCPULSE_LOG_DAY is not a setting; did you mean RTCPULSE_LOG_DAYS?"),
        ({"RTCPULSE_NONSENSE_QQQ": "3"}, "RTCPULSE_NONSENSE_QQQ is not a setting"),
        ({"RTCPULSE_LOG_DAYS": "many"}, "RTCPULSE_LOG_DAYS is 'many'"),
        ({"RTCPULSE_BODY_BYTES": "0"}, "RTCPULSE_BODY_BYTES is '0'"),
        ({"RTCPULSE_DRAIN_S": "-1"}, "RTCPULSE_DRAIN_S is '-1'"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    """With what it was and what was expected."""
    with pytest.raises(ConfigurationError) as raised:
        load(environ, tmp_path)
    assert said in str(raised.value)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """With the place of the damage."""
    (tmp_path / "rtcpulse.toml").write_text("data = \n")
    with pytest.raises(ConfigurationError, match=r"rtcpulse\.toml.*line 1"):
        load({}, tmp_path)


@pytest.mark.parametrize("name", ["keys", "readers", "log_url", "store_url"])
def test_what_may_hold_a_secret_is_not_repeated(tmp_path: Path, name: str) -> None:
    """A list where a text is wanted is named, without what is in it."""
    (tmp_path / "rtcpulse.toml").write_text(f'{name} = ["secret:project"]\n')
    with pytest.raises(ConfigurationError, match=f"RTCPULSE_{name.upper()}: input should be a valid string") as raised:
        load({}, tmp_path)
    assert "secret" not in str(raised.value)


def test_an_address_of_no_known_log_is_named_without_its_password(tmp_path: Path) -> None:
    """As where the scheme has a letter too many."""
    with pytest.raises(ConfigurationError, match=r"is 'kafkas://\*\*\*@host:9092/t'"):
        log_directory(Settings(data=tmp_path, log_url="kafkas://user:secret@host:9092/t?password=secret"))


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", ":8080", "192.0.2.1:8080", "[::]:8080", "example.org:8080"])
def test_nothing_faces_others_without_credentials(listen: str) -> None:
    """The collector wants keys, the dashboard readers."""
    with pytest.raises(ConfigurationError, match="RTCPULSE_KEYS"):
        check_exposure(Settings(collector_listen=listen))
    with pytest.raises(ConfigurationError, match="RTCPULSE_READERS"):
        check_exposure(Settings(dashboard_listen=listen))
    check_exposure(Settings(collector_listen=listen, dashboard_listen=listen, keys="k:p", readers="t:p"))


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "[::1]:1", "localhost:1"])
def test_the_loopback_needs_none(listen: str) -> None:
    """Who is on the machine may."""
    check_exposure(Settings(collector_listen=listen, dashboard_listen=listen))


@pytest.mark.parametrize("listen", ["", "8080", "host:", "host:99999", "host:port"])
def test_an_address_is_host_and_port(listen: str) -> None:
    """Anything else is an error that shows it."""
    with pytest.raises(ConfigurationError, match="host:port"):
        address(listen)


def test_the_reference_has_every_setting() -> None:
    """With a meaning, so that the documentation can be made from it."""
    shown = reference()
    assert {one.name for one in shown} == {PREFIX + name.upper() for name in Settings.model_fields}
    assert all(one.meaning for one in shown)
