"""What a process needs whatever it serves: signals, workers, periodic jobs, open files."""
