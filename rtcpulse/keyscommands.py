"""`rtcpulse keys`: what clients push with. A key is an entry of a setting; a token, short-lived, is signed with one."""

import os
import secrets
import time
from pathlib import Path
from typing import Annotated, Any, Final

import jwt
import typer
from typer.core import TyperGroup

from collector.signers import Signers
from runtime.settings import load
from schemas.errors import ConfigurationError

NEW: Final = "new"


class _Group(TyperGroup):
    """`keys PROJECT` is `keys new PROJECT`, as what is asked for most."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `new` before what begins with no command."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = [NEW, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Group,
    help="Make what clients push with: `keys PROJECT` a key, `keys token` a token.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(NEW)
def new(
    project: str,
    imports: Annotated[bool, typer.Option("--import", help="it may import recordings of any age too")] = False,
) -> None:
    """Make a key with which clients push to PROJECT, as an entry of RTCPULSE_KEYS."""
    typer.echo(f"{secrets.token_urlsafe(18)}:{project}{':import' * imports}")


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="of an entry of RTCPULSE_TOKEN_KEYS or RTCPULSE_LIVEKIT_KEYS")],
    identity: Annotated[str, typer.Option(help="who the bearer is")] = "",
    room: Annotated[str, typer.Option(help="where")] = "",
    ttl: Annotated[int, typer.Option(min=1, help="seconds for which it holds")] = 600,
    private_key: Annotated[
        Path | None, typer.Option(help="PEM of the private key; the settings have the public one of EdDSA only")
    ] = None,
) -> None:
    """Make a token as an application's server would, to try one. Of a LiveKit key it is an access token."""
    settings = load(os.environ, Path.cwd())
    signers = Signers(settings.livekit_keys, settings.livekit_keys_file, settings.token_keys, settings.token_keys_file)
    signer = signers.of(name)
    if signer is None:
        raise ConfigurationError(f"neither RTCPULSE_TOKEN_KEYS nor RTCPULSE_LIVEKIT_KEYS has a key {name!r}")
    key = signer.key if isinstance(signer.key, bytes) else _private(private_key)
    now_s = int(time.time())
    claims: dict[str, Any] = {"iss": name, "sub": identity, "nbf": now_s, "iat": now_s, "exp": now_s + ttl}
    claims |= {"video": {"room": room, "roomJoin": True}} if signer.livekit else {"room": room}
    typer.echo(jwt.encode(claims, key, signer.algorithm))


def _private(path: Path | None) -> bytes:
    if path is None:
        raise ConfigurationError("this key signs with EdDSA, and the settings have its public half: say --private-key")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--private-key cannot be read: {error.strerror}") from None
