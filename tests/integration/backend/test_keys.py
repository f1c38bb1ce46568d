"""The shortest way through the backend."""


async def test_from_sign_up_to_a_key(running):
    """
    Sign up, sign in, find one's org, make a key; the key is shown once.
    """
    ann = await running.person()
    made = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "laptop"})
    listed = await ann.get(f"/v1/orgs/{ann.org}/keys")

    assert made.status == 201
    assert made.json["key"].startswith("org_")
    assert listed.json == {"items": [made.json["api_key"]], "next": None}
    assert made.json["key"] not in listed.text
