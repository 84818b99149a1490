"""How fast is it: one module per claim, each measured beside its peer on the same files."""
