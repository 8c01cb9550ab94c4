"""The browser SDK: its ES modules stand here, and `files` makes of them the two files that a page may load.

There is one source. Both forms are the modules joined in order and made small; the module form exports the public
names, the script form defines the global `rtcpulse`.
"""

from pathlib import Path
from typing import Final

from collector.sdk.minify import minify

MODULES: Final = ("page.js", "members.js", "series.js", "sender.js", "session.js", "watcher.js", "rtcpulse.js")
PUBLIC: Final = ("configure", "watch", "watchAll", "track", "event")

_FOLDER: Final = Path(__file__).parent
_CONTENT_TYPE: Final = "text/javascript; charset=utf-8"


def joined() -> str:
    """Return the modules as one scope: each import stands on one line, each export before what it declares."""
    lines = (line for name in MODULES for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines())
    return "\n".join(line.removeprefix("export ") for line in lines if not line.startswith("import "))


def module_form(source: str) -> str:
    """Return the joined source as an ES module."""
    return f"{source}export{{{','.join(PUBLIC)}}}"


def script_form(source: str) -> str:
    """Return the joined source as a classic script that defines the global `rtcpulse`.

    A classic script has no `import.meta`; while it runs it is `document.currentScript`.
    """
    body = source.replace("import.meta.url", "document.currentScript?.src")
    return f"(()=>{{{body}globalThis.rtcpulse={{{','.join(PUBLIC)}}}}})()"


def files() -> dict[str, tuple[bytes, str]]:
    """Return what is served under /sdk/: file name -> (content, content type). Costs some milliseconds: keep it."""
    source = minify(joined())
    return {
        "rtcpulse.js": (script_form(source).encode(), _CONTENT_TYPE),
        "rtcpulse.mjs": (module_form(source).encode(), _CONTENT_TYPE),
    }
