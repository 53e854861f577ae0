"""Text with positions: YAML, shell, Dockerfiles."""
