"""Live audio over WebSocket."""
