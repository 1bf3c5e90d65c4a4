"""Measurements of Transom against plain Python doing the same."""
