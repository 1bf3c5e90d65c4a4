"""A module that a script beside this folder imports."""
