"""Fetches Apache Kafka as its Maven artifacts into the user's cache, once; `make kafka` does it ahead of time."""

from pathlib import Path
from typing import Final

from tests.maven import Artifact, jars

VERSION: Final = "4.1.0"


def fetched() -> Path:
    """Return the folder with the broker's jars; fetch them where they are not.

    Raises:
        RuntimeError: Java or Maven is missing, or Maven did not get them.
    """
    return jars(f"kafka-{VERSION}", [Artifact("org.apache.kafka", "kafka_2.13", VERSION)])


if __name__ == "__main__":
    print(fetched())
