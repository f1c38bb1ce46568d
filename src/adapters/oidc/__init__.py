"""OpenID Connect, by Authlib and joserfc."""
