"""Scale, and nothing but scale: the only room that imports pyspark."""
