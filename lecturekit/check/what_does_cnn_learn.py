"""Exercises of chapter 6, about what a CNN learns."""
