"""The rules of the repository that no linter knows."""
