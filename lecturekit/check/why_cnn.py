"""Exercises of chapter 1: why CNN for images."""
