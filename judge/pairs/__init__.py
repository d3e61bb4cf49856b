"""
Rows that ask the same and answer differently, found and scored without a model.

One way of finding pairs is one module with a `find(corpus)`; a confirmed contradiction is the judge's business, and
paraphrased prompts, groups and camps come in modules of their own. Pure: no files, clock, network or randomness.
"""

from judge.pairs.same_prompt import find

__all__ = ["find"]
