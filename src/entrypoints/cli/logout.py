"""`aldea logout`: ends the sign-in at the backend, and forgets it here."""

import click

from entrypoints.cli.account import base_url, url_option
from entrypoints.cli.backend_client import BackendClient, ask_backend
from entrypoints.cli.errors import NotReachable, NotSignedIn
from entrypoints.cli.profiles import Profile, read_profiles, write_profiles


@click.command(
    epilog="\b\nExamples:\n  aldea logout\n  aldea logout --url https://backend.example\n"
    "  aldea logout --all",
)
@url_option
@click.option("--all", "everywhere", is_flag=True, help="Sign out of every backend.")
def command(url: str | None, everywhere: bool) -> None:
    """
    Sign out of the backend that was signed in to last, or of the one at --url.

    A key that was signed in with goes on to work elsewhere: aldea keys revoke ends it.
    """
    profiles = read_profiles()
    named = profiles.of("" if url is None else base_url(url))
    gone = profiles.known if everywhere else tuple(one for one in (named,) if one is not None)
    if not gone:
        raise NotSignedIn("you are not signed in" + (f" to {url}" if url else ""))
    unreached = []
    for profile in gone:
        # Forgotten first: what follows may fail.
        profiles = profiles.signed_out(profile.url)
        write_profiles(profiles)
        try:
            _end(profile)
        except NotReachable as error:
            unreached.append(
                f"{error.format_message()}: the sign-in is forgotten here, and valid until {profile.expires}"
            )
        else:
            click.echo(f"Signed out of {profile.url}.")
    if unreached:
        raise NotReachable("; ".join(unreached))


def _end(profile: Profile) -> None:
    if profile.is_key:
        return

    async def work(client: BackendClient) -> None:
        await client.call("POST", "/v1/sign-out")

    try:
        ask_backend(profile.credentials, work)
    except NotSignedIn:
        return  # it had ended already
