"""What counts as watching: pure, without I/O and without a clock of its own (time is an argument)."""
