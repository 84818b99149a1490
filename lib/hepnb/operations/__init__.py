"""How does the platform run on one machine: its data, its processes, its health?"""
