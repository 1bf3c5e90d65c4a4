"""Tables: files to Arrow and back, without pandas."""
