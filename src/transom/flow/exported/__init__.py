"""The pieces of which an exported script is made: Python that is read as text here, and executed only there."""
