"""The same first request in several languages, with this deployment's addresses."""

from collections.abc import Sequence

from entrypoints.frontend.site import Site


def snippets(site: Site) -> Sequence[tuple[str, str]]:
    """Language and code. The key is read from `ALDEA_API_KEY`, so that no example holds one."""
    url = f"{site.api_url}/v1/listen?smart_format=true"
    curl = f"""export ALDEA_API_KEY=org_…   # as you stored it

curl "{url}" \\
  -H "Authorization: Token $ALDEA_API_KEY" \\
  -H "Content-Type: audio/wav" \\
  --data-binary @speech.wav"""
    python = f"""import os, requests  # pip install requests

with open("speech.wav", "rb") as audio:
    answer = requests.post(
        "{url}",
        headers={{"Authorization": f"Token {{os.environ['ALDEA_API_KEY']}}"}},
        data=audio,
    )
print(answer.json()["results"]["channels"][0]["alternatives"][0]["transcript"])"""
    javascript = f"""import {{ readFile }} from "node:fs/promises";

const answer = await fetch("{url}", {{
  method: "POST",
  headers: {{ Authorization: `Token ${{process.env.ALDEA_API_KEY}}` }},
  body: await readFile("speech.wav"),
}});
const {{ results }} = await answer.json();
console.log(results.channels[0].alternatives[0].transcript);"""
    go = f"""audio, _ := os.Open("speech.wav")
request, _ := http.NewRequest("POST",
    "{url}", audio)
request.Header.Set("Authorization", "Token "+os.Getenv("ALDEA_API_KEY"))
answer, err := http.DefaultClient.Do(request)
if err != nil {{
    log.Fatal(err)
}}
io.Copy(os.Stdout, answer.Body)"""
    return (("curl", curl), ("Python", python), ("JavaScript", javascript), ("Go", go))
