"""Many steps, and one: what is run, in which order, and what is recorded of it."""
