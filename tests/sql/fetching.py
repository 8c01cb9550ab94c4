"""Fetches ClickHouse's JDBC driver into the user's cache, once; `make jdbc` does it ahead of time."""

from pathlib import Path
from typing import Final

from tests.maven import Artifact, jars

VERSION: Final = "0.9.5"


def driver() -> Path:
    """Return the folder with the driver's jars; fetch them where they are not.

    Raises:
        RuntimeError: Java or Maven is missing, or Maven did not get them.
    """
    named = ("com.clickhouse", "clickhouse-jdbc", VERSION, "all")
    return jars(f"clickhouse-jdbc-{VERSION}", [Artifact(*named), Artifact("org.slf4j", "slf4j-nop", "2.0.17")])


if __name__ == "__main__":
    print(driver())
