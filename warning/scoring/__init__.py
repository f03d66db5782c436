"""From linked history to probabilities and tiers. See docs/architecture.md."""
