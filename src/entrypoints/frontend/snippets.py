"""The same first request in several languages, with this deployment's addresses."""

from collections.abc import Sequence

from entrypoints.frontend.site import Site


def snippets(site: Site, query: str = "smart_format=true") -> Sequence[tuple[str, str]]:
    """
    A file: language and code. The key is read from `ALDEA_API_KEY`, so that no example holds one.

    Args:
        query: The request's parameters, encoded.
    """
    url = f"{site.api_url}/v1/listen?{query}"
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


def live_snippets(site: Site, query: str) -> Sequence[tuple[str, str]]:
    """
    A live stream of a file, in the place of a microphone: language or tool, and code.

    Args:
        query: The stream's parameters, encoded.
    """
    url = f"{site.websocket_url}/v1/listen?{query}"
    python = f"""import os
from websockets.sync.client import connect  # pip install websockets

url = "{url}"
key = os.environ["ALDEA_API_KEY"]
headers = {{"Authorization": f"Token {{key}}"}}
audio = open("speech.wav", "rb")  # or what a microphone records
with connect(url, additional_headers=headers) as live:
    while chunk := audio.read(8000):
        live.send(chunk)
    live.send('{{"type": "CloseStream"}}')
    for message in live:
        print(message)"""
    javascript = f"""import {{ createReadStream }} from "node:fs";
import WebSocket from "ws"; // npm install ws

const live = new WebSocket(
  "{url}",
  {{ headers: {{ Authorization: `Token ${{process.env.ALDEA_API_KEY}}` }} }},
);
live.on("message", (text) => console.log(JSON.parse(text)));
live.on("open", () => {{
  const audio = createReadStream("speech.wav"); // or what a microphone records
  audio.on("data", (chunk) => live.send(chunk));
  audio.on("end", () => live.send('{{"type": "CloseStream"}}'));
}});"""
    go = f"""header := http.Header{{"Authorization": {{"Token " + os.Getenv("ALDEA_API_KEY")}}}}
live, _, err := websocket.DefaultDialer.Dial( // github.com/gorilla/websocket
    "{url}",
    header)
if err != nil {{
    log.Fatal(err)
}}
audio, _ := os.Open("speech.wav") // or what a microphone records
chunk := make([]byte, 8000)
for n, err := audio.Read(chunk); err == nil; n, err = audio.Read(chunk) {{
    live.WriteMessage(websocket.BinaryMessage, chunk[:n])
}}
live.WriteMessage(websocket.TextMessage, []byte(`{{"type": "CloseStream"}}`))
for _, text, err := live.ReadMessage(); err == nil; _, text, err = live.ReadMessage() {{
    fmt.Println(string(text))
}}"""
    websocat = f"""rec -q -t wav -r 16000 -c 1 - | websocat -b \\
  -H "Authorization: Token $ALDEA_API_KEY" \\
  '{url}'"""
    return (("Python", python), ("JavaScript", javascript), ("Go", go), ("websocat", websocat))
