"""Defects that are planted into a copy of the sources, to see that the checker finds each of them.

A defect is a file in `defects`: what it means, the text of the sources that it replaces, and which
invariants find it. One build has them all; the variable PLANTED says which of them is in force.
"""
