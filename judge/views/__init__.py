"""
What a page shows of a run, or of a sweep, as values that JSON can hold. Pure: no files, no HTML, no drawing.

Everything comes out of what a run left behind, so that a report, a review and a later look at an old run say the same.
"""
