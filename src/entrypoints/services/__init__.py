"""The services that serve requests, each a process of its own: `aldea serve`."""
