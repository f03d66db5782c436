"""From tiers to letters and task forces. See docs/architecture.md."""
