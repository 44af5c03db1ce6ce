"""Exercises of chapter 7: what does CNN see?"""
