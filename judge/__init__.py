"""LLM-as-judge audit of fine-tuning data: rank the rows to remove, with reasons, on your own machine."""

__version__ = "0.1.0"
