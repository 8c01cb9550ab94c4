"""Reading the `.sql` files of this package; each opens with its question, its grain and its parameters."""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def text(folder: str, name: str) -> str:
    """Return the statement of `folder/name.sql` without its header.

    Raises:
        FileNotFoundError: there is no such file.
    """
    lines = (_HERE / folder / f"{name}.sql").read_text().splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("--"))
