"""What Transom's pip does, a file for each part of it."""
