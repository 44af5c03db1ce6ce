"""Exercises of chapter 7, about what a CNN sees in an image."""
