"""Checks of the area *pipeline*."""
