"""The gateway as a process of its own, which tests start, kill and start again."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime.clickhouseurl import Target, parse
from tests.running import free_port

PASSWORD: Final = "p@ss/word:?"
QUOTED: Final = "p%40ss%2Fword%3A%3F"


@dataclass
class Gateway:
    """A gateway on a directory.

    Attributes:
        directory: its data, which survive it.
        port: where it listens on the loopback, the same after a restart.
        certificate: files of certificate and key; none: no TLS.
        password: whose it asks for from its next start on.
    """

    directory: Path
    port: int
    certificate: tuple[str, ...] = ()
    password: str = PASSWORD
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, with the password."""
        return f"clickhouse://rtcpulse:{QUOTED}@127.0.0.1:{self.port}/rtcpulse"

    @property
    def target(self) -> Target:
        """The same as the store takes it."""
        return parse(self.url)

    def start(self) -> None:
        """Start it and wait until it listens; nothing happens where it runs.

        Raises:
            AssertionError: it ended instead.
        """
        if self._process:
            return
        command = [sys.executable, "-m", "tests.clickhouse.gateway", str(self.directory), str(self.port), self.password]
        command += self.certificate
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        assert self._process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        """Kill it as `kill -9` does; nothing happens where it does not run."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe
                pipe.close()
        self._process = None


def a_gateway(directory: Path, *certificate: str) -> Gateway:
    """Return a running gateway on a free port."""
    gateway = Gateway(directory, free_port(), certificate)
    gateway.start()
    return gateway
