"""The request pipeline: authorise, parse, run the handler, audit, render."""
