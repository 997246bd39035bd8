"""Conditions that are imposed on the user's unmodified code, to measure what they would save.

Each has a file with a reversible patch that counts how often it took effect. `catalogue` lists them
by the names of their conditions. None of them imports a library: a patch of one applies where the
user's code has imported it.
"""
