"""Checks of the area *before*."""
