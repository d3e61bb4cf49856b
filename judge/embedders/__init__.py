"""
What turns texts into vectors, so that rows that ask the same can be found; one file each.

Every file has a `connect(...)` that the config's `_target_` names. Making an embedder is cheap: a model is found at
most, and loaded only when there is something to embed.
"""
