"""One Apache Kafka broker (KRaft, one node) in a folder of its own, on free ports of the loopback."""

import asyncio
import base64
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.kafka.fetching import fetched
from tests.running import free_port, kept_port

START_S: Final = 60.0
STOP_S: Final = 20.0
_JVM: Final = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_PROPERTIES: Final = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},BEHIND://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},BEHIND://127.0.0.1:{front}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,BEHIND:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
controller.quorum.election.timeout.ms=300
controller.quorum.election.backoff.max.ms=300
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
num.partitions=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
controller.quorum.election.timeout.ms=300
controller.quorum.election.backoff.max.ms=300
auto.create.topics.enable=false
delete.topic.enable=true
"""


class Broker:
    """A broker that can be killed and started again; its data stay.

    Args:
        folder: an empty folder.

    Attributes:
        port: where clients reach it.
        behind: where a proxy reaches it, whose clients are told to come to `front` for everything.
        front: kept free for that proxy.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._classes = f"{fetched()}/*"
        self.port = free_port()
        self._configuration = folder / "server.properties"
        self.behind = free_port()
        self._kept = kept_port()
        self.front = int(self._kept.getsockname()[1])
        ports = {"port": self.port, "behind": self.behind, "front": self.front, "controller": free_port()}
        self._configuration.write_text(_PROPERTIES.format(**ports, folder=folder))
        self._process: subprocess.Popen[bytes] | None = None
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        self._format("-t", "A" + cluster[1:], "-c", str(self._configuration))

    def url(self, topic: str) -> str:
        """Return a log's address."""
        return f"kafka://127.0.0.1:{self.port}/{topic}"

    def url_in_front(self, topic: str) -> str:
        """Return a log's address that leads through the proxy."""
        return f"kafka://127.0.0.1:{self.front}/{topic}"

    def start(self) -> None:
        """Start the process; `until_up` waits for it."""
        command = ["java", *_JVM, "-cp", self._classes, "kafka.Kafka", str(self._configuration)]
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=output, stderr=output)

    async def until_up(self) -> None:
        """Wait until it answers a metadata request.

        Raises:
            AssertionError: it ended, or does not answer in time.
        """
        deadline = time.monotonic() + START_S
        while not await self._answers():
            assert self._process
            assert self._process.poll() is None, (self._folder / "output").read_text()[-2000:]
            assert time.monotonic() < deadline, f"the broker does not answer after {START_S} s"
            await asyncio.sleep(0.2)

    def kill(self) -> None:
        """SIGKILL: it has no time for anything."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang: its connections stay open and it answers nothing."""
        if self._process:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        self._kept.close()
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    async def _answers(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.port}", request_timeout_ms=2000)
        try:
            await admin.start()
            await admin.list_topics()
        except (KafkaError, OSError, TimeoutError):
            return False
        else:
            return True
        finally:
            await admin.close()

    def _format(self, *arguments: str) -> None:
        command = ["java", *_JVM, "-cp", self._classes, "kafka.tools.StorageTool", "format", *arguments]
        done = subprocess.run(command, cwd=self._folder, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
