"""
Rows that ask the same and answer differently: found, scored, grouped. Pure: no files, clock, network or randomness.

    corpus -> candidates (asked, lists, search) -> scoring (names, reading, side, conflict, twins, witnesses)
           -> [the judge] -> grouping -> camps -> leaning; style
"""
