"""Words that several verbs take, and how they are read."""

import argparse
from pathlib import Path

RUN = "a run's folder, or that of a data set (its newest complete run)"


def share(text: str) -> float:
    return _number(text, 1.0, "share in [0, 1]")


def count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)


def days(text: str) -> float:
    return _number(text, 1e6, "number of days")


def _number(text: str, most: float, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}")
    return number


def folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("needs a folder")
    return Path(text)
