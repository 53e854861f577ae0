"""One model of pipelines, a reader for each CI system, roles of steps, release paths."""
