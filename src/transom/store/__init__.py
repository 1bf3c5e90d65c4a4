"""Facts: what exists and what happened."""
