"""The sidebar's entries. What a role may not see is absent."""

# Path within the org, name, icon, and the key that opens it after `g`.
Entry = tuple[str, str, str, str]


def menu(*, is_admin: bool, is_view: bool) -> list[tuple[str, list[Entry]]]:
    """Groups of entries, each under its heading. An operator who views the org transcribes nothing."""
    work: list[Entry] = [("/", "Overview", "home", "o")]
    if not is_view:
        work.append(("/playground", "Playground", "mic", "p"))
    work += [("/live", "Live", "pulse", "l"), ("/usage", "Usage", "bars", "u")]
    build: list[Entry] = [("/docs", "Docs", "book", "d")]
    if is_admin:
        build = [("/keys", "API keys", "key", "k"), ("/webhooks", "Webhooks", "bolt", "w"), *build]
    organisation: list[Entry] = [
        ("/billing", "Billing", "card", "b"),
        ("/team", "Team", "people", "t"),
    ]
    if is_admin:
        organisation.append(("/audit", "Audit log", "list", "a"))
    organisation.append(("/settings", "Settings", "sliders", "s"))
    return [("", work), ("Build", build), ("Organisation", organisation)]
