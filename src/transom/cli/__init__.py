"""The command line: it parses, calls one verb of the workspace, and prints."""
