"""What counts as watching: pure, without I/O or a clock of its own (time is an argument)."""
