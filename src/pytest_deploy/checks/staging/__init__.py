"""Checks of the area *staging*."""
