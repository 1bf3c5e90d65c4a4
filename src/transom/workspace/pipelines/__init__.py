"""How a pipeline is run in a workspace: its data read, its steps prepared, executed, and told of."""
