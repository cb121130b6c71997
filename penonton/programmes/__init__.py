"""programmes: a calendar of what is on, read from XMLTV and CSV, and the figures of each of it."""
