"""
How each part is made of settings and of other parts. With the containers the only files that name
adapters: typed functions, so that mypy checks each of them.
"""
