"""`penonton quarantine`: what was refused, to be read and sent again."""
