"""The sidebar's entries. What a role may not see is absent."""

# Path within the org, name, icon, and the key that opens it after `g`.
Entry = tuple[str, str, str, str]


def menu(*, is_admin: bool, is_view: bool = False) -> list[tuple[str, list[Entry]]]:
    """Groups of entries, each under its heading. An operator who views the org transcribes nothing."""
    work: list[Entry] = [("/", "Overview", "home", "o")]
    if not is_view:
        work.append(("/playground", "Playground", "mic", "p"))
    work.append(("/live", "Live", "pulse", "l"))
    work.append(("/usage", "Usage", "bars", "u"))
    build: list[Entry] = []
    organisation: list[Entry] = []
    if is_admin:
        build.append(("/keys", "API keys", "key", "k"))
        build.append(("/webhooks", "Webhooks", "bolt", "w"))
    build.append(("/docs", "Docs", "book", "d"))
    organisation.append(("/billing", "Billing", "card", "b"))
    organisation.append(("/team", "Team", "people", "t"))
    if is_admin:
        organisation.append(("/audit", "Audit log", "list", "a"))
    organisation.append(("/settings", "Settings", "sliders", "s"))
    groups = [("", work), ("Build", build), ("Organisation", organisation)]
    return [(name, entries) for name, entries in groups if entries]
