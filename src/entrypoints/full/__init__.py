"""The production topology on one machine, every part a process: `aldea up --full`."""
