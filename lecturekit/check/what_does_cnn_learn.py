"""Exercises of chapter 6: what does CNN learn?"""
