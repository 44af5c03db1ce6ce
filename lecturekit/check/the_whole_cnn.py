"""Exercises of chapter 4: the whole CNN."""
