"""Exercises of chapter 3: max pooling."""
