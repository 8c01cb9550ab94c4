"""Fetches Maven artifacts with what they need into the user's cache, once."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.cache import ROOT, cached, making

FETCH_S: Final = 300
_TOOLS: Final = {"javac": "default-jdk-headless", "mvn": "maven"}
_POM: Final = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rtcpulse.tests</groupId><artifactId>part</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{dependencies}</dependencies>
</project>
"""


class Artifact(NamedTuple):
    """What Maven calls one; `classifier` is empty for the usual jar."""

    group: str
    name: str
    version: str
    classifier: str = ""

    @property
    def element(self) -> str:
        """It as a dependency in a POM."""
        tags = {"groupId": self.group, "artifactId": self.name, "version": self.version, "classifier": self.classifier}
        return f"<dependency>{''.join(f'<{tag}>{text}</{tag}>' for tag, text in tags.items() if text)}</dependency>"


def tools() -> None:
    """See that Java and Maven are there.

    Raises:
        RuntimeError: they are not, and cannot be installed.
    """
    missing = [package for command, package in _TOOLS.items() if shutil.which(command) is None]
    if missing:
        command = [str(ROOT / "tools" / "install-debian"), *missing]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"the tests need {' and '.join(missing)}: {done.stderr.strip()}")


def jars(part: str, artifacts: Sequence[Artifact]) -> Path:
    """Return the folder with the jars of a part, such as kafka-4.1.0; fetch them where they are not.

    Raises:
        RuntimeError: Java or Maven is missing, or Maven did not get them.
    """
    tools()
    folder = cached(part)
    if not folder.exists():
        with making(folder) as made:
            _fetch(made, artifacts)
    return folder / "libs"


def _fetch(folder: Path, artifacts: Sequence[Artifact]) -> None:
    pom = folder / "pom.xml"
    pom.write_text(_POM.format(dependencies="".join(artifact.element for artifact in artifacts)))
    command = [
        "mvn",
        "-q",
        "-B",
        "-f",
        str(pom),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={folder / 'libs'}",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=FETCH_S)
    if done.returncode:
        said = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise RuntimeError(f"Maven did not get {', '.join(artifact.name for artifact in artifacts)}: {said}")
