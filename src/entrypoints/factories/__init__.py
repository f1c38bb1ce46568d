"""How each part is made of settings and of other parts."""
