"""Makes data folders."""

from adapters.system.private import private_folder


__all__ = ["private_folder"]
