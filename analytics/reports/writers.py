"""A report in each format. A file is written beside its place and moved there: it is whole or it is not."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from analytics.reports import csvsheet, htmlpage, pdf, tidy, xlsx
from analytics.reports.model import Report
from schemas.errors import ConfigurationError

WRITERS: Final[Mapping[str, Callable[[Report, Path], None]]] = {
    "html": htmlpage.write,
    "pdf": pdf.write,
    "xlsx": xlsx.write,
    "csv": csvsheet.write,
    "parquet": tidy.write,
}
FORMATS: Final = tuple(WRITERS)
MEDIA_TYPES: Final = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}


def write(report: Report, form: str, path: Path) -> None:
    """Write a report in a format.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    with placed(path) as beside:
        WRITERS[form](report, beside)


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; what stands there at the end is moved to it, after an error taken away.

    Raises:
        ConfigurationError: the folder is not there, or cannot be written to.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)
