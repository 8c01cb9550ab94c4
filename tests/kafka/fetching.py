"""Fetches Apache Kafka as its Maven artifacts into the user's cache, once; `make kafka` does it ahead of time."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.cache import ROOT, cached

VERSION: Final = "4.1.0"
FETCH_S: Final = 300
_DEPENDENCY: Final = """
    <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"""
_POM: Final = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rtcpulse.tests</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{dependencies}
  </dependencies>
</project>
"""
_ARTIFACTS: Final = (("org.apache.kafka", "kafka_2.13", VERSION),)


def tools() -> None:
    """See that Java and Maven are there.

    Raises:
        RuntimeError: they are not, and cannot be installed.
    """
    missing = [
        package
        for command, package in (("java", "default-jre-headless"), ("mvn", "maven"))
        if shutil.which(command) is None
    ]
    if missing:
        done = subprocess.run(
            [str(ROOT / "tools" / "install-debian"), *missing], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"the tests of Kafka need {' and '.join(missing)}: {done.stderr.strip()}")


def fetched() -> Path:
    """Return the folder with the broker's jars; fetch them where they are not.

    Raises:
        RuntimeError: Java or Maven is missing, or Maven did not get them.
    """
    tools()
    folder = cached(f"kafka-{VERSION}")
    if not (folder / "complete").exists():
        _fetch(folder)
    return folder / "libs"


def _fetch(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    dependencies = "".join(_DEPENDENCY.format(group=g, artifact=a, version=v) for g, a, v in _ARTIFACTS)
    (folder / "pom.xml").write_text(_POM.format(dependencies=dependencies))
    command = [
        "mvn",
        "-q",
        "-B",
        "-f",
        str(folder / "pom.xml"),
        "dependency:copy-dependencies",
        "-DoutputDirectory=libs",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=FETCH_S)
    if done.returncode:
        raise RuntimeError(f"Maven did not get Apache Kafka {VERSION}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    (folder / "complete").touch()


if __name__ == "__main__":
    print(fetched())
