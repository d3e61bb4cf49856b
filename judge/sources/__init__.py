"""
Data sets in: any supported file becomes examples and rejects, and every row is one of the two.

    file -> formats/<suffix> -> Record -> schemas/<name> -> Turn, ... -> Example | Reject

And out again: `split` parts a file in two of its own format, no row changed.

Deliberately knows nothing of rubrics, judges or runs.
"""

from judge.sources.files import suffix_of
from judge.sources.loading import check_rejects, load
from judge.sources.spec import File, Loaded, Source, Spec
from judge.sources.splitting import split

__all__ = ["File", "Loaded", "Source", "Spec", "check_rejects", "load", "split", "suffix_of"]
