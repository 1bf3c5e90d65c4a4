"""What the workspace answers to the questions of a script, a file a subject."""
