"""Shares and what they say of a whole: intervals for few counts, rates from samples. Pure."""

from judge.reliability import Share


def wilson(found: int, of: int) -> Share:
    """`found` of `of` with Wilson's 95 % score interval (Wilson, 1927)."""
    return _share(found, of, "wilson")


def exact(found: int, of: int) -> Share:
    """`found` of `of` with the exact 95 % interval (Clopper and Pearson, 1934)."""
    return _share(found, of, "exact")


def _share(found: int, of: int, method: str) -> Share:
    from scipy.stats import binomtest

    if not of:
        return Share(found=0, of=0, low=0.0, high=1.0)
    interval = binomtest(found, of).proportion_ci(method=method)
    return Share(found=found, of=of, low=round(float(interval.low), 6), high=round(float(interval.high), 6))
