"""How good are classifiers, and how sure is that: NumPy alone, whatever made the scores."""
