"""
Prompts whose answer can be checked by itself: by computing it, by counting in it, or by its form.

Each module knows one kind of task and has a `look`, which says what is wrong with an answer, or nothing. Whatever has
two readings passes. Pure; what a set looks like, and what becomes of a wrong answer, is not known here.
"""
