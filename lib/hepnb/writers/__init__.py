"""Results out: whole or not at all."""
