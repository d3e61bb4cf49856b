"""
Data sets in: any supported file becomes examples and rejects, and every row is one of the two.

    file -> formats/<suffix> -> Record -> schemas/<name> -> Turn, ... -> Example | Reject

Deliberately knows nothing of rubrics, judges or runs.
"""

from judge.sources.loading import check_rejects, load
from judge.sources.spec import Loaded, Spec

__all__ = ["Loaded", "Spec", "check_rejects", "load"]
