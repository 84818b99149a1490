"""What do executors do on Kubernetes, and what is left of them?"""
