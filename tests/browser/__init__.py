"""The tests that need a real browser; `conftest.py` finds it."""
