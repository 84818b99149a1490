"""What does a Spark kernel do that a plain one does not?"""
