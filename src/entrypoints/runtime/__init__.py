"""What every service's process needs: signals, workers, periodic jobs, open files."""
