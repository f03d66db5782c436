"""Keeping the engine running and people's data safe: health, retention, rights, assessment."""
