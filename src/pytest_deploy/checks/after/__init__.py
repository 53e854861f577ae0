"""Checks of the area *after*."""
