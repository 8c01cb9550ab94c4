"""Reading the `.sql` files of this package; each opens with its question, its grain and its parameters.

A line `-- include NAME` stands for `parts/NAME.sql`: what several statements have in common is written once.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_INCLUDE: Final = re.compile(r"^\s*-- include (\w+)$", re.MULTILINE)


@cache
def text(folder: str, name: str) -> str:
    """Return the statement of `folder/name.sql` without its header, and with what it includes.

    Raises:
        FileNotFoundError: there is no such file.
    """
    whole = (_HERE / folder / f"{name}.sql").read_text()
    lines = _INCLUDE.sub(lambda found: text("parts", found[1]), whole).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("--"))
