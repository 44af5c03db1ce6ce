"""One solution for each exercise, written as a reader of the book would write it.

`Exercise.solution` shows these functions as they stand here, and the cells of the solution
notebooks hold the same lines.
"""
