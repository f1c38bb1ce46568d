// Audio in, results out: the microphone, a live stream, a file; and why one of them is not to be had.
export const RATE = 16000;
export const BLOCK_SECONDS = 0.05;

// Its name is that of a template of the page, which has the sentence.
export class Problem extends Error {
  constructor(name, detail = "") {
    super(name);
    this.detail = detail;
  }
}

export const openMicrophone = async (onBlock, onEnd) => {
  if (!isSecureContext || !navigator.mediaDevices) throw new Problem("insecure");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  } catch (error) {
    const missing = error.name === "NotFoundError" || error.name === "OverconstrainedError";
    throw new Problem(missing ? "no-microphone" : "denied");
  }
  const context = new AudioContext();
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== "closed") context.close();
  };
  try {
    await context.audioWorklet.addModule(new URL("capture.js", import.meta.url));
  } catch (error) {
    close();
    throw error;
  }
  const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  node.port.onmessage = ({ data }) => onBlock(data);
  context.createMediaStreamSource(stream).connect(node);
  const [track] = stream.getAudioTracks();
  track.onended = onEnd; // unplugged, or the permission was taken back
  return { name: track.label, close };
};

// How loud a block is, from 0 to 1.
export const levelOf = (samples) => {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length) / 32768;
};

export const waveFile = (blocks) => {
  const bytes = blocks.reduce((sum, block) => sum + block.byteLength, 0);
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, letters) => [...letters].forEach((one, n) => head.setUint8(at + n, one.charCodeAt(0)));
  text(0, "RIFF");
  head.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, 2 * RATE, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, bytes, true);
  return new Blob([head, ...blocks], { type: "audio/wav" });
};

// A key's own quota and the org's are raised at different places.
const quota = (isOfKey) => (isOfKey ? "key-quota" : "cap");

const refusal = (status, kind, detail) => {
  if (status === 401) return new Problem("signed-out", detail);
  if (status === 403) return new Problem(/suspended/i.test(kind + detail) ? "suspended" : "no-right", detail);
  if (status === 429) return new Problem("limit", detail);
  if (status >= 500) return new Problem("away", detail);
  return new Problem("refused", detail);
};

// Why a file was refused: *document* is the answer's body.
export const problemOfAnswer = (status, document) => {
  const detail = document.err_msg ?? "";
  if (status === 402) return new Problem(quota(document.limit === "key_quota"), detail);
  return refusal(status, document.err_code ?? "", detail);
};

// A short-lived token of the person who is signed in, with its scheme.
export const fetchToken = async (url, formToken) => {
  const body = new URLSearchParams({ form_token: formToken });
  const answer = await fetch(url, { method: "POST", body, redirect: "manual" }).catch(() => {
    throw new Problem("offline");
  });
  if (answer.type === "opaqueredirect") throw new Problem("signed-out");
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusal(answer.status, document.kind ?? "", document.detail ?? "");
  return document;
};

// The answer to a file or, as text, to a document with a web address.
export const sendFile = async (url, token, body, signal) => {
  const type = typeof body === "string" ? "application/json" : body.type || "application/octet-stream";
  const headers = { Authorization: `${token.scheme} ${token.token}`, "Content-Type": type };
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body, headers, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("offline");
  }
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw problemOfAnswer(answer.status, document);
  return document;
};

// Browsers hide why a WebSocket was refused; the same request with an empty body is given the reason.
const whyRefused = async (url, token) => {
  try {
    await sendFile(url, token, new Blob([]));
  } catch (problem) {
    return problem.message === "refused" ? new Problem("away") : problem;
  }
  return new Problem("away");
};

// Why a stream ended before its end. Codes from 4000 on are said by the gateway: nothing was lost. Of the
// quotas, which have one code, the reason is all that a close frame has.
export const problemOfClose = (code, reason) => {
  const name = code === 4002 ? quota(/API key/.test(reason)) : code === 4003 ? "suspended" : code >= 4000 ? "ended" : "lost";
  return new Problem(name, `Close code ${code}${reason ? `: ${reason}` : ""}`);
};

// A live stream. `on` has: open, results (message), trip (milliseconds), end (close event).
export const openLive = (url, token, on) => {
  const socket = new WebSocket(url, [token.scheme, token.token]);
  const waiting = [];
  let asked = 0;
  let isOpen = false;
  socket.onopen = () => {
    isOpen = true;
    asked = performance.now();
    socket.send(JSON.stringify({ type: "Configure", features: {} }));
    for (const block of waiting.splice(0)) socket.send(block);
    on.open();
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type.startsWith("Configure")) on.trip(performance.now() - asked);
    else if (message.type === "Results") on.results(message);
  };
  socket.onclose = async (event) => {
    if (isOpen) on.end(event);
    else on.refused(await whyRefused(url.replace(/^ws/, "http").replace(/encoding=.*?(&|$)/, ""), token));
  };
  return {
    send: (block) => {
      // After the server has begun to close, a block is lost with the rest of the stream.
      if (isOpen && socket.readyState === WebSocket.OPEN) socket.send(block);
      else waiting.push(block); // what is said while it connects
    },
    finish: () => socket.readyState === WebSocket.OPEN && socket.send('{"type": "CloseStream"}'),
    drop: () => socket.close(),
  };
};
