"""Where reports are sent in tests: a webhook's receiver and a mail server on the loopback, which can say no."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Hook:
    """Answers posts with `status`; keeps headers (small letters) and bodies of what it took."""

    status: int = 204
    asked: int = 0
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.asked += 1
        if self.status < 300:
            self.taken.append((headers, body))
        writer.write(f"HTTP/1.1 {self.status} said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def a_hook() -> AsyncIterator[Hook]:
    """Listen for webhooks."""
    hook = Hook()
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0)
    hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
    async with server:
        yield hook


@dataclass(slots=True)
class Post:
    """A mail server without TLS; refuses everybody while `refuses`."""

    letters: list[bytes] = field(default_factory=list)
    refuses: bool = False
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much SMTP as a letter needs (RFC 5321)."""
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                self.letters.append(await reader.readuntil(b"\r\n.\r\n"))
            refused = self.refuses and word == b"RCPT"
            writer.write(b"550 nobody here\r\n" if refused else b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")
            await writer.drain()
            if word == b"QUIT":
                break
        writer.close()


@asynccontextmanager
async def a_post() -> AsyncIterator[Post]:
    """Listen for mail."""
    post = Post()
    server = await asyncio.start_server(post.serve, "127.0.0.1", 0)
    post.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?from=rtcpulse@example.org&tls=none"
    async with server:
        yield post
