"""What people's statements may name: functions, tables, formats, settings. What is in no list is refused."""

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

_FUNCTIONS: Final = Path(__file__).parent / "functions.txt"
_OWN: Final = re.compile(r"rtc_[a-z0-9_]+")
_COMBINATORS: Final = ("if", "array", "ornull", "ordefault", "distinct", "foreach", "map", "argmin", "argmax")


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


TABLE_FUNCTIONS: Final = frozenset({"numbers", "generateseries", "generate_series", "values"})
HARMLESS: Final = frozenset(
    {"one", "numbers", "formats", "data_type_families", "time_zones", "keywords", "table_engines"}
)
"""Tables of `system` that say the same to everybody."""
CATALOG: Final = frozenset({"tables", "columns", "databases", "settings", "functions"})
"""Tables of `system` that clients ask for; each is answered by `catalog/NAME.sql` with what people may see."""
HIGHER: Final = frozenset({"in", "notin", "nullin", "notnullin", "globalin", "globalnotin", "globalnullin"})
"""Functions whose second argument may be the name of a table."""
KINDS: Final = _names("""
    ArrayJoin Asterisk ColumnsExceptTransformer ColumnsListMatcher ColumnsRegexpMatcher ColumnsReplaceTransformer
    ColumnsReplaceTransformer::Replacement ColumnsTransformerList ExpressionList Function Identifier
    InterpolateElement Literal OrderByElement QualifiedAsterisk QualifiedColumnsListMatcher
    QualifiedColumnsRegexpMatcher SampleRatio SelectIntersectExceptQuery SelectQuery SelectWithUnionQuery Subquery
    TableExpression TableIdentifier TableJoin TablesInSelectQuery TablesInSelectQueryElement WindowDefinition
    WindowListElement WithElement
""")
"""Kinds of nodes of which the tree shows everything that they name."""
FORMATS: Final = _names("""
    Arrow ArrowStream CSV CSVWithNames CSVWithNamesAndTypes JSON JSONColumns JSONColumnsWithMetadata JSONCompact
    JSONCompactColumns JSONCompactEachRow JSONCompactEachRowWithNames JSONCompactEachRowWithNamesAndTypes
    JSONCompactStrings JSONCompactStringsEachRow JSONEachRow JSONEachRowWithProgress JSONLines JSONObjectEachRow
    JSONStrings JSONStringsEachRow LineAsString Markdown MsgPack NDJSON Native Null Parquet Pretty PrettyCompact
    PrettyCompactMonoBlock PrettyCompactNoEscapes PrettyMonoBlock PrettyNoEscapes PrettySpace RowBinary
    RowBinaryWithNames RowBinaryWithNamesAndTypes SQLInsert TSKV TSV TSVRaw TSVRawWithNames
    TSVRawWithNamesAndTypes TSVWithNames TSVWithNamesAndTypes TabSeparated TabSeparatedRaw
    TabSeparatedRawWithNames TabSeparatedRawWithNamesAndTypes TabSeparatedWithNames TabSeparatedWithNamesAndTypes
    Values Vertical XML
""")
FORMING: Final = re.compile(
    r"output_format_(arrow|bson|csv|json|markdown|msgpack|native|parquet|pretty|tsv|values|decimal|sql_insert)\w*"
    r"|format_csv_delimiter|date_time_output_format|bool_(true|false)_representation|session_timezone|extremes"
    r"|limit|offset"
)
"""Settings that change how an answer is written and nothing else."""


@cache
def functions() -> frozenset[str]:
    """Return the functions that may be called, in lower case."""
    lines = _FUNCTIONS.read_text().splitlines()
    return frozenset(name.lower() for line in lines if not line.startswith("#") for name in line.split())


def callable_function(name: str, known: Collection[str]) -> bool:
    """Say whether a function may be called.

    Args:
        name: as it is written.
        known: all functions that the engine has, in lower case.
    """
    low = name.lower()
    if low in functions() or _OWN.fullmatch(name):
        return True
    while low not in known and (suffix := next(filter(low.endswith, _COMBINATORS), None)):
        low = low.removesuffix(suffix)
        if low in functions():
            return True
    return False
