"""
What answers requests, one file each; every file has a `connect(...)` that the config's `_target_` names.

Making a backend is cheap: a tokenizer at most. A model is loaded when the first missing answer is asked for, so a run
that needs nothing new loads nothing.
"""
