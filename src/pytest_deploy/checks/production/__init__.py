"""Checks of the area *production*."""
