"""What players speak. Each module is pure: bytes and a Context in, what was Parsed out."""
