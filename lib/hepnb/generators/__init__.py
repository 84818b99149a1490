"""Events with known truth, from a seed and nothing else."""
