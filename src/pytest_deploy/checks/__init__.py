"""The checks, one module each: ``checks/<area>/<name>.py``."""
