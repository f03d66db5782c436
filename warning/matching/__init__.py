"""From records to entities, places, incidents and cases. See docs/architecture.md."""
