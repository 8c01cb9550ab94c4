"""What the demo's callers say and show: a sine tone and a moving picture, made by numpy, no files."""

import asyncio
import time
from fractions import Fraction
from typing import Final

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

AUDIO_RATE: Final = 48000
AUDIO_STEP: Final = AUDIO_RATE // 50
VIDEO_CLOCK: Final = 90000


class Pacer:
    """Holds a track to its rate: `wait` returns when frame n is due, without drift."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._start: float | None = None
        self._count = 0

    async def wait(self) -> int:
        """Wait for the next frame's moment and return its number, from 0."""
        number = self._count
        if self._start is None:
            self._start = time.monotonic()
        await asyncio.sleep(max(0.0, self._start + number * self._period_s - time.monotonic()))
        self._count += 1
        return number


def _check_live(track: MediaStreamTrack) -> None:
    if track.readyState != "live":
        raise MediaStreamError


class ToneTrack(MediaStreamTrack):
    """A sine tone, 20 ms a frame, mono at 48 kHz."""

    kind = "audio"

    def __init__(self, frequency_hz: float = 440.0) -> None:
        super().__init__()
        self._frequency_hz = frequency_hz
        self._pacer = Pacer(AUDIO_STEP / AUDIO_RATE)

    async def recv(self) -> AudioFrame:
        """Return the next 20 ms."""
        number = await self._pacer.wait()
        _check_live(self)
        moments = (number * AUDIO_STEP + np.arange(AUDIO_STEP)) / AUDIO_RATE
        samples = (8000 * np.sin(2 * np.pi * self._frequency_hz * moments)).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = AUDIO_RATE
        frame.pts = number * AUDIO_STEP
        frame.time_base = Fraction(1, AUDIO_RATE)
        return frame


class PictureTrack(MediaStreamTrack):
    """A gradient that moves; small, so that many calls fit on one machine."""

    kind = "video"

    def __init__(self, width: int = 320, height: int = 240, fps: int = 15) -> None:
        super().__init__()
        self._fps = fps
        self._pacer = Pacer(1 / fps)
        columns, rows = np.meshgrid(np.arange(width), np.arange(height))
        self._luma = ((columns + rows) % 256).astype(np.uint8)
        self._chroma = np.full((height // 2, width), 128, np.uint8)

    async def recv(self) -> VideoFrame:
        """Return the next picture."""
        number = await self._pacer.wait()
        _check_live(self)
        moved = np.roll(self._luma, 4 * number % self._luma.shape[1], axis=1)
        frame = VideoFrame.from_ndarray(np.vstack((moved, self._chroma)), format="yuv420p")
        frame.pts = number * VIDEO_CLOCK // self._fps
        frame.time_base = Fraction(1, VIDEO_CLOCK)
        return frame
