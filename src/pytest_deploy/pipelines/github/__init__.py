"""GitHub Actions: workflows, reusable workflows and composite actions."""
