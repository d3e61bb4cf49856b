"""Which schema a file has, and the owner's column names made ours."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from judge.errors import DataError
from judge.records import Turn
from judge.sources import schemas
from judge.sources.fields import Row, names
from judge.sources.spec import Spec

_COMMON = ("id", "context", "source", "system")


class Schema(Protocol):
    """What a module in `schemas/` offers."""

    PRIORITY: int
    FIELDS: tuple[str, ...]
    OPTIONAL: tuple[str, ...]

    def matches(self, row: Row) -> bool:
        """Whether a row is of this schema, by its keys."""
        ...

    def turns(self, row: Row) -> tuple[Turn, ...]:
        """Its turns; raises `BadRowError`."""
        ...


def available() -> dict[str, Schema]:
    """Name -> schema, preferred ones first."""
    found = [module.name for module in pkgutil.iter_modules(schemas.__path__)]
    loaded = {name: cast("Schema", importlib.import_module(f"{schemas.__name__}.{name}")) for name in found}
    return dict(sorted(loaded.items(), key=lambda item: (item[1].PRIORITY, item[0])))


def check(spec: Spec) -> None:
    """
    Refuse a spec that names a schema or a role which does not exist, before any file is opened.

    Raises:
        DataError: naming what there is.
    """
    known = available()
    if spec.schema is not None and spec.schema not in known:
        raise DataError(f"{spec.key}.schema={spec.schema}: no such schema; choose one of {', '.join(known)}")
    roles = sorted({*_COMMON}.union(*((*schema.FIELDS, *schema.OPTIONAL) for schema in known.values())))
    for role in spec.columns:
        if role not in roles:
            raise DataError(f"{spec.key}.columns.{role}: no such role; choose from {', '.join(roles)}")


def mapped(row: Row, columns: Mapping[str, str]) -> Row:
    """The row with the owner's columns under the names of their roles, and under no other."""
    if not columns:
        return row
    taken = {*columns, *columns.values()}
    kept = {key: value for key, value in row.items() if key not in taken}
    return kept | {role: row[column] for role, column in columns.items() if column in row}


def choose(spec: Spec, rows: Sequence[Row]) -> tuple[str, Schema]:
    """
    The schema that is set, or that the mapped columns imply, or that most of these rows match.

    Args:
        spec: the data set.
        rows: the first readable objects of the file, as they stand there.

    Raises:
        DataError: no row matches any schema.
    """
    known = available()
    if spec.schema is not None:
        return spec.schema, known[spec.schema]
    for name, schema in known.items():
        if set(schema.FIELDS) <= set(spec.columns):
            return name, schema
    ours = [mapped(row, spec.columns) for row in rows]
    counts = {name: sum(schema.matches(row) for row in ours) for name, schema in known.items()}
    best = max(counts, key=lambda name: counts[name])  # the first of equals: the preferred one
    if counts[best]:
        return best, known[best]
    check_present(spec, rows)
    raise DataError(
        f"{spec.path}: no known schema ({', '.join(known)}) fits; the fields are {names(_fields(rows))}. "
        f"Say which is which, e.g. {spec.key}.columns.prompt=... {spec.key}.columns.response=..."
    )


def check_present(spec: Spec, rows: Sequence[Row], seen: frozenset[str] = frozenset()) -> None:
    """
    Refuse a mapped column that no row has: a typing mistake, not a thousand bad rows.

    Args:
        spec: the data set.
        rows: some of its rows; their fields are named in the message.
        seen: mapped columns known to be in some row.

    Raises:
        DataError: naming the column and those that are there.
    """
    fields = _fields(rows)
    for role, column in spec.columns.items():
        if column not in seen and column not in fields:
            raise DataError(
                f"{spec.path}: {spec.key}.columns.{role}={column}, but no row has `{column}`; "
                f"the columns are {names(fields)}"
            )


def _fields(rows: Sequence[Row]) -> dict[str, None]:
    return dict.fromkeys(key for row in rows for key in row)
