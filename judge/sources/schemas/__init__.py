"""
One file per schema; a new file is a new schema.

What each module offers:

    PRIORITY  lower is preferred where a row fits several
    FIELDS    the roles which, mapped by `dataset.columns`, choose this schema
    OPTIONAL  further roles it reads
    matches(row) -> bool
    turns(row) -> tuple[Turn, ...], raises `BadRowError`
"""
