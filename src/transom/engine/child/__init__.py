"""What runs inside the script's own interpreter: the standard library only, Python 3.6 to the newest."""
