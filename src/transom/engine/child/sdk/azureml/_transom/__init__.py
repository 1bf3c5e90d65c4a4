"""What stands behind the names of Microsoft's SDK that a script imports: nothing in here is for scripts."""
