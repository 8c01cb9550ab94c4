"""The recordings of others are read only when their folder is named."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what needs `--cases` when it is not given."""
    if collection_path.name == "test_others.py" and config.getoption("--cases") is None:
        return True
    return None
