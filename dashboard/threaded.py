"""Dash whose callbacks run on threads: a page that waits for the store holds up no other, and no ingest."""

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import Any

from dash import Dash


class ThreadedDash(Dash):
    """Dash calls a plain function on the event loop, on which the process's other work waits meanwhile."""

    def callback(self, *dependencies: Any, **options: Any) -> Callable[[Callable[..., Any]], Any]:
        """Return a decorator that registers a callback, see `dash.Dash.callback`; it sees the request's context."""
        register = super().callback(*dependencies, **options)

        def _registered(answer: Callable[..., Any]) -> Any:
            if inspect.iscoroutinefunction(answer):
                return register(answer)

            @functools.wraps(answer)
            async def _on_a_thread(*values: Any) -> Any:
                return await asyncio.to_thread(answer, *values)

            return register(_on_a_thread)

        return _registered
