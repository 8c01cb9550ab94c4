"""Who may sign: settings and files that say so, and the command that makes tokens to try."""

from pathlib import Path
from typing import Any

import jwt
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from collector.signers import Signers
from collector.tokens import Grant, Tokens
from rtcpulse.keyscommands import app as keys_app
from runtime.settings import Settings, check_exposure
from schemas.errors import ConfigurationError
from tests.collector.conftest import Make
from tests.collector.sources.servers import APIKEY, SECRET
from tests.collector.test_tokens import OWN, PRIVATE_PEM, PUBLIC_PEM, a_token, messages, push


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"livekit": "key:secret"}, "RTCPULSE_LIVEKIT_KEYS: entry 1 is not APIKEY:SECRET:PROJECT"),
        ({"livekit": "a:b:c,::"}, "RTCPULSE_LIVEKIT_KEYS: entry 2"),
        ({"tokens": "own:HS256:p"}, "RTCPULSE_TOKEN_KEYS: entry 1 is not NAME:HS256:SECRET:PROJECT"),
        ({"tokens": f"own:RS256:{OWN}:p"}, "entry 1 is not NAME:HS256:SECRET:PROJECT or NAME:EdDSA:FILE:PROJECT"),
        ({"tokens": f"own:none:{OWN}:p"}, "entry 1 is not NAME:HS256"),
        ({"tokens": "own:HS256:short:p"}, "its secret has 5 bytes; HS256 needs 32 or more"),
        ({"tokens": "own:EdDSA:/nowhere.pem:p"}, "the file of its key cannot be read: No such file"),
        ({"tokens": f"own:EdDSA:{__file__}:p"}, "no PEM with an Ed25519 public key"),
        ({"tokens": f"k:HS256:{OWN}:p", "livekit": "k:s:p"}, "both have a key 'k'"),
        ({"tokens_file": Path("/nowhere")}, "RTCPULSE_TOKEN_KEYS_FILE cannot be read"),
    ],
)
def test_wrong_settings_end_the_start_with_a_sentence(settings: dict[str, Any], words: str) -> None:
    """Which names the entry by its number, and no secret."""
    with pytest.raises(ConfigurationError, match=words) as found:
        Signers(**settings)
    assert "short" not in str(found.value)
    assert OWN not in str(found.value)


def test_a_private_key_is_none_to_check_with(tmp_path: Path) -> None:
    """It has no business on the collector."""
    (tmp_path / "key.pem").write_bytes(PRIVATE_PEM)
    with pytest.raises(ConfigurationError, match="no PEM with an Ed25519 public key"):
        Signers(tokens=f"own:EdDSA:{tmp_path / 'key.pem'}:p")


async def test_files_of_signers_are_read_again(make: Make, tmp_path: Path) -> None:
    """While one is wrong what it held stays, and readyz says so."""
    file = tmp_path / "signers"
    file.write_text(f"# ours\nown:HS256:{OWN}:a\n")
    signers = Signers(tokens_file=file)
    collector = make(signers=signers)
    assert (await push(collector, key=a_token())).status_code == 202
    file.write_text("own:HS256\n")
    with capture_logs() as lines:
        assert (await push(collector, key=a_token())).status_code == 202
        assert "RTCPULSE_TOKEN_KEYS_FILE: entry 1" in signers.trouble()
    assert [line["event"] for line in lines] == ["keys_file_wrong"]
    file.write_text(f"new:HS256:{OWN}:b\n")
    assert (await push(collector, key=a_token())).json()["reason"] == "unknown_key"
    assert (await push(collector, key=a_token(iss="new"))).status_code == 202
    assert [project for project, _ in await messages(collector)] == ["a", "a", "b"]


@pytest.mark.parametrize("name", ["livekit_keys", "token_keys", "token_keys_file"])
def test_a_collector_that_asks_for_tokens_may_be_reached(name: str) -> None:
    """Beyond loopback, as with keys."""
    with pytest.raises(ConfigurationError, match="set RTCPULSE_KEYS first"):
        check_exposure(Settings(collector_listen="0.0.0.0:8080"))
    check_exposure(Settings(collector_listen="0.0.0.0:8080", **{name: "x"}))


def test_tokens_to_try_are_made_by_a_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of each kind of key; the collector takes them."""
    public = tmp_path / "public.pem"
    public.write_bytes(PUBLIC_PEM)
    (tmp_path / "private.pem").write_bytes(PRIVATE_PEM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RTCPULSE_TOKEN_KEYS", f"own:HS256:{OWN}:a,ed:EdDSA:{public}:b")
    monkeypatch.setenv("RTCPULSE_LIVEKIT_KEYS", f"{APIKEY}:{SECRET}:c")
    signers = Signers(f"{APIKEY}:{SECRET}:c", None, f"own:HS256:{OWN}:a,ed:EdDSA:{public}:b")

    def made(*words: str) -> str:
        told = CliRunner().invoke(keys_app, ["token", *words], catch_exceptions=False)
        return told.stdout.strip()

    whom = ("--identity", "ann", "--room", "hall", "--ttl", "60")
    tokens = [made("own", *whom), made("ed", *whom, "--private-key", "private.pem"), made(APIKEY, *whom)]
    now_ms = 1000.0 * (jwt.decode(tokens[0], options={"verify_signature": False})["exp"] - 30)
    assert [Tokens(signers).grant(token, now_ms) for token in tokens] == [
        Grant("a", "hall", "ann"), Grant("b", "hall", "ann"), Grant("c", "hall", "ann", livekit=True),
    ]  # fmt: skip
    for words, sentence in (
        (["nobody"], "neither RTCPULSE_TOKEN_KEYS nor RTCPULSE_LIVEKIT_KEYS has a key 'nobody'"),
        (["ed"], "say --private-key"),
        (["ed", "--private-key", "nowhere"], "--private-key cannot be read: No such file"),
    ):
        with pytest.raises(ConfigurationError, match=sentence):
            made(*words)


def test_a_project_may_have_the_name_of_a_command() -> None:
    """`keys PROJECT` is `keys new PROJECT`."""
    for words, entry in ((["shop"], ":shop"), (["--import", "shop"], ":shop:import"), (["new", "token"], ":token")):
        assert CliRunner().invoke(keys_app, words).stdout.strip().partition(":")[1:] == tuple(entry.partition(":")[1:])
