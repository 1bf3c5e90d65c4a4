"""The environments that come with Transom: data, read by `definitions`."""
