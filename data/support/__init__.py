"""What make_support.py is made of: the brand's facts, the hand-written material, and its assembly."""
