"""Exercises of chapter 5: the CNN in Keras."""
