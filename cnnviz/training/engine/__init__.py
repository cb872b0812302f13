"""One training in memory: settings in, events out."""
