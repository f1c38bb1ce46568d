"""Users, their memberships, invitations and sign-ins, and what was done by whom."""
