"""Models of files: Dockerfiles, compose files, ignore files."""
