"""Adapter for the agent of Amazon ECS, which runs beside a task's containers."""
