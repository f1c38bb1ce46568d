// The playground. Audio and text stay in this tab; the server has neither.
import { BLOCK_SECONDS, Problem, RATE, fetchToken, levelOf, openLive, openMicrophone, problemOfClose, sendFile, waveFile } from "./listening.js";
import { clock, draw } from "./picture.js";
import { gap, textOf, toSrt, toVtt } from "./captions.js";

const $ = (id) => document.getElementById(id);
const play = $("play");
const { source, api, websocket, currency } = play.dataset;
const prices = JSON.parse(play.dataset.prices);
const params = $("params");
const LOUD = 0.012; // of a block: above it somebody speaks
const UNSURE = 0.7;
const LONGEST_SECONDS = 600;
const DECODED_BYTES = 60e6;
const WAITING = new Set(["connecting", "streaming", "finishing", "transcribing"]);

// Of this recording.
const fresh = () => ({
  blocks: [], bars: [], turns: [], interim: [], messages: [], audio: null, answer: null,
  began: 0, speechBegan: null, seconds: 0, firstWord: null, lastFinal: null, isFile: false, isOver: false,
});
let now = fresh();
let state = "ready";
let end = () => {};
let chosen = null;

// What the form says, as the request has it: in the order of the server's `Options`.
const parameters = (isFile) => {
  const value = (name) => params.elements.namedItem(name)?.value.trim() ?? "";
  const on = (name) => params.querySelector(`[role=switch][name=${name}]`)?.checked ?? false;
  const query = new URLSearchParams();
  if (value("model")) query.append("model", value("model"));
  query.append("language", value("language"));
  for (const term of value("keyterms").split(",")) if (term.trim()) query.append("keyterm", term.trim());
  for (const name of ["punctuate", "smart_format", "diarize"]) if (on(name)) query.append(name, "true");
  if (value("tag")) query.append("tag", value("tag"));
  if (isFile) return query;
  query.append("interim_results", on("interim_results"));
  if (/^\d+$/.test(value("endpointing"))) query.append("endpointing", value("endpointing"));
  return query;
};

// The form, the code and the address say the same.
const shown = { live: parameters(false).toString(), file: parameters(true).toString() };
const follow = () => {
  for (const kind of ["live", "file"]) {
    const query = parameters(kind === "file").toString();
    for (const pre of document.querySelectorAll(`.${kind}-code`)) pre.textContent = pre.textContent.replaceAll(shown[kind], query);
    shown[kind] = query;
  }
  const link = new URLSearchParams(source === "microphone" ? {} : { source });
  for (const control of params.elements) {
    if (!control.name || control.type === "hidden") continue;
    const isSwitch = control.type === "checkbox";
    const usual = isSwitch ? control.name !== "diarize" : { language: "en", endpointing: "300", tag: "playground" }[control.name] ?? "";
    const value = isSwitch ? control.checked : control.value.trim();
    if (value !== usual) link.set(control.name, value);
  }
  const text = link.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
  for (const choice of document.querySelectorAll(".seg a")) {
    const other = new URLSearchParams(link);
    const its = new URL(choice.href).searchParams.get("source");
    if (its) other.set("source", its);
    else other.delete("source");
    choice.search = other;
  }
};
params.addEventListener("input", follow);
params.addEventListener("submit", (event) => event.preventDefault());

const copyOf = (selector) => document.querySelector(selector).content.firstElementChild.cloneNode(true);

const enter = (next, note = "") => {
  state = next;
  const mark = copyOf(`[data-state="${next}"]`);
  mark.querySelector(".dim").textContent = note;
  $("state").replaceChildren(mark);
  const isBusy = WAITING.has(next);
  const first = { microphone: "Record", file: "Choose a file", address: "Transcribe" }[source];
  const label = isBusy ? (next === "finishing" ? "Finishing" : "Stop") : now.isOver && source === "microphone" ? "Record again" : first;
  $("record").querySelector("[data-label]").textContent = label;
  $("record").classList.toggle("is-busy", isBusy);
};

const showProblem = (problem) => {
  const found = copyOf(`[data-problem="${problem instanceof Problem ? problem.message : "offline"}"]`);
  found.querySelector("[data-detail]").textContent = problem.detail ?? "";
  $("stage").replaceChildren(found);
  $("stage").hidden = false;
};

const money = (kind, seconds) => {
  const model = params.elements.namedItem("model").value.trim();
  const price = prices[`${kind}:${model}`] ?? prices[`${kind}:`];
  if (price === undefined) return "–";
  const [whole, part = ""] = price.split(".");
  const scaled = BigInt(whole + part.padEnd(8, "0").slice(0, 8)) * BigInt(Math.round(seconds * 1000)); // 1e-8 a minute, by ms
  const tenThousandths = (scaled / 60000n + 5000n) / 10000n;
  const exact = `${tenThousandths / 10000n}.${String(tenThousandths % 10000n).padStart(4, "0")}`;
  return new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: 4 }).format(exact);
};

const put = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};
const putTime = (id, ms) => {
  if (ms === null) return put(id, "–");
  const [text, unit] = ms < 9999 ? [Math.max(0, Math.round(ms)), "ms"] : [(ms / 1000).toFixed(1), "s"];
  const small = document.createElement("small");
  small.textContent = unit;
  $(id).replaceChildren(`${text} `, small);
};

const finals = () => now.turns.flat();
const paintFigures = () => {
  const words = finals();
  const unsure = words.filter((word) => word.confidence < UNSURE).length;
  put("t-words", String(words.length));
  put("n-words", unsure ? `final; ${unsure} unsure` : "final");
  put("t-cost", money(now.isFile ? "file" : "live", now.seconds));
  put("n-cost", `for ${now.seconds.toFixed(1)} s`);
};

const paintPicture = (at = now.isFile ? 7 : now.seconds) => {
  if (!now.bars.length) return;
  $("picture").hidden = false;
  const note = now.lastFinal === null || now.isFile ? "" : `${Math.round(now.lastFinal)} ms after the pause`;
  draw($("picture").firstElementChild, { bars: now.bars, step: BLOCK_SECONDS, words: [...finals(), ...now.interim], now: at, note, isOpen: !now.isOver && !now.isFile });
};

// At most one painting a frame, and 15 a second while recording.
let painted = 0;
const paint = (time) => {
  if (state !== "streaming" && state !== "connecting" && state !== "finishing" && state !== "transcribing") return;
  requestAnimationFrame(paint);
  if (time - painted < 66) return;
  painted = time;
  const elapsed = now.isFile ? (performance.now() - now.began) / 1000 : now.seconds;
  put("elapsed", `${clock(elapsed)}.${Math.floor(elapsed * 10) % 10}`);
  if (now.isFile) return;
  const loud = Math.min(1, Math.sqrt(now.bars.at(-1) * 4 || 0));
  [...$("level").children].forEach((bar, n) => bar.classList.toggle("off", n >= Math.round(loud * 12)));
  paintPicture();
  paintFigures();
};

const wordOf = (raw, isFinal) => ({
  text: raw.punctuated_word ?? raw.word, start: raw.start, end: raw.end, confidence: raw.confidence, speaker: raw.speaker, isFinal,
});

const addTurn = (start) => {
  const turn = copyOf("#turn");
  turn.querySelector("time").textContent = clock(start);
  $("transcript").append(turn);
  now.turns.push([]);
};

const addWords = (words) => {
  $("transcript").hidden = $("timings").hidden = false;
  for (const word of words) {
    const turn = now.turns.at(-1);
    const other = turn?.length && word.speaker !== undefined && word.speaker !== turn.at(-1).speaker;
    if (!turn || now.isTurnOver || other) addTurn(word.start);
    now.isTurnOver = false;
    const last = now.turns.at(-1).at(-1);
    now.turns.at(-1).push(word);
    const made = copyOf("#word");
    made.textContent = word.text;
    made.classList.toggle("word-unsure", word.confidence < UNSURE);
    made.word = word;
    const line = $("transcript").lastElementChild.querySelector("p");
    line.append(last ? gap(last.text, word.text) : "", made);
  }
  const first = $("transcript").querySelector(".word");
  if (first && !$("transcript").querySelector('[tabindex="0"]')) first.tabIndex = 0;
};

const onResults = (message) => {
  const [best] = message.channel.alternatives;
  const words = best.words.map((raw) => wordOf(raw, message.is_final));
  if (words.length && now.firstWord === null && now.speechBegan !== null) {
    now.firstWord = performance.now() - now.speechBegan;
    putTime("t-first", now.firstWord);
  }
  if (message.is_final) {
    now.messages.push(message);
    addWords(words);
    if (message.speech_final) now.isTurnOver = true;
    if (words.length) noteFinal(message.start + message.duration);
  }
  now.interim = message.is_final ? [] : words;
  $("interim").hidden = !now.interim.length;
  $("interim").querySelector("[data-text]").textContent = textOf(now.interim);
};

// How long after the last loud block of a final its text was here.
const noteFinal = (until) => {
  let last = Math.min(now.bars.length, Math.ceil(until / BLOCK_SECONDS)) - 1;
  while (last >= 0 && now.bars[last] < LOUD) last -= 1;
  if (last < 0) return;
  now.lastFinal = performance.now() - (now.began + (last + 1) * BLOCK_SECONDS * 1000);
  putTime("t-final", now.lastFinal);
};

const reset = (isFile) => {
  stopSound();
  now = fresh();
  now.isFile = isFile;
  play.dataset.kind = isFile ? "file" : "live";
  now.began = performance.now();
  chosen = null;
  $("transcript").replaceChildren();
  for (const id of ["transcript", "interim", "inspect", "after", "stage", "picture"]) $(id).hidden = true;
  for (const id of ["t-first", "t-final", "t-trip", "t-answer"]) putTime(id, null);
  paintFigures();
};

const finish = (problem) => {
  now.isOver = true;
  end = () => {};
  $("interim").hidden = true;
  now.interim = [];
  paintPicture();
  paintFigures();
  $("after").hidden = !finals().length;
  $("play-all").hidden = !now.audio && !now.blocks.length;
  enter(problem ? "stopped" : "finished");
  if (problem) showProblem(problem);
  else if (!finals().length) {
    const nothing = document.createElement("p");
    nothing.textContent = "No words were recognised.";
    $("stage").replaceChildren(nothing);
    $("stage").hidden = false;
  }
};

const token = () => fetchToken(play.dataset.token + location.search, play.dataset.formToken);

const record = async () => {
  reset(false);
  enter("connecting");
  let live = null;
  let microphone = null;
  let problem = null;
  const recording = now;
  const stop = (why) => {
    if (recording !== now || state === "finishing") return;
    problem = why ?? null;
    microphone?.close();
    if (!live) return finish(problem);
    enter("finishing");
    live.finish();
  };
  const onBlock = (block) => {
    if (recording !== now || now.isOver || state === "finishing") return;
    if (!now.bars.length) now.began = performance.now() - BLOCK_SECONDS * 1000;
    const level = levelOf(block);
    now.bars.push(level);
    now.blocks.push(block);
    now.seconds = now.bars.length * BLOCK_SECONDS;
    if (level >= LOUD) now.speechBegan ??= performance.now() - BLOCK_SECONDS * 1000;
    live?.send(block);
    if (now.seconds >= LONGEST_SECONDS) stop(new Problem("too-long"));
  };
  try {
    microphone = await openMicrophone(onBlock, () => stop(new Problem("no-microphone")));
    $("device").textContent = microphone.name || "Microphone";
    end = () => stop();
    requestAnimationFrame(paint);
    const query = parameters(false);
    query.append("encoding", "linear16");
    query.append("sample_rate", RATE);
    const passed = await token();
    if (now.isOver) return;
    live = openLive(`${websocket}/v1/listen?${query}`, passed, {
      open: () => enter("streaming", "16 kHz, 32 kB/s"),
      trip: (ms) => putTime("t-trip", ms),
      results: onResults,
      refused: (why) => {
        microphone.close();
        finish(why);
      },
      end: ({ code, reason }) => {
        microphone.close();
        if (code === 1000) return finish(problem);
        finish(problemOfClose(code, reason));
      },
    });
    for (const block of now.blocks) live.send(block);
  } catch (error) {
    microphone?.close();
    finish(error);
    if (!(error instanceof Problem)) throw error;
  }
};

const decode = async (file) => {
  if (file.size > DECODED_BYTES) return;
  try {
    const audio = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
    const samples = audio.getChannelData(0);
    const size = RATE * BLOCK_SECONDS;
    for (let at = 0; at + size <= samples.length; at += size)
      now.bars.push(levelOf(samples.subarray(at, at + size).map((sample) => sample * 32768)));
  } catch { /* the browser cannot read it; the API may */ }
};

// file: a File, or a web address.
const transcribe = async (file) => {
  reset(true);
  const controller = new AbortController();
  const isAddress = typeof file === "string";
  if (!isAddress) now.audio = file;
  enter("transcribing", isAddress ? "" : file.name);
  end = () => controller.abort();
  requestAnimationFrame(paint);
  const recording = now;
  try {
    const decoded = isAddress ? null : decode(file);
    const passed = await token();
    const body = isAddress ? JSON.stringify({ url: file }) : file;
    const sent = performance.now();
    const answer = await sendFile(`${api}/v1/listen?${parameters(true)}`, passed, body, controller.signal);
    const took = performance.now() - sent;
    await decoded;
    if (recording !== now) return;
    now.answer = answer;
    now.seconds = answer.metadata.duration;
    putTime("t-answer", took);
    put("t-speed", `${((1000 * now.seconds) / took).toFixed(1)}×`);
    const [best] = answer.results.channels[0].alternatives;
    const words = best.words.map((raw) => wordOf(raw, true));
    let last = 0;
    for (const word of words) {
      now.isTurnOver = word.start - last > 1.2;
      addWords([word]);
      last = word.end;
    }
    finish();
  } catch (error) {
    if (recording !== now) return;
    if (error.name === "AbortError") finish(new Problem("refused", "You stopped it; a file without an answer is not billed."));
    else finish(error);
    if (!(error instanceof Problem) && error.name !== "AbortError") throw error;
  }
};

const start = () => {
  if (WAITING.has(state)) end();
  else if (source === "microphone") record();
  else if (source === "file") $("file").click();
  else if ($("address").reportValidity() && $("address").value) transcribe($("address").value.trim());
};
$("record").addEventListener("click", start);
$("file").addEventListener("change", () => {
  if ($("file").files.length) transcribe($("file").files[0]);
  $("file").value = "";
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file && !WAITING.has(state)) transcribe(file);
});

// Playing what was recorded: a word, or all of it with the word following.
const sound = new Audio();
let stopAt = Infinity;
let url = "";
const stopSound = () => {
  sound.pause();
  URL.revokeObjectURL(url);
  url = "";
};
const playFrom = (from, until) => {
  if (!now.audio && !now.blocks.length) return;
  if (!url || !now.isOver) {
    stopSound();
    url = URL.createObjectURL(now.audio ?? waveFile(now.blocks));
    sound.src = url;
  }
  stopAt = until;
  sound.currentTime = from;
  sound.play().then(() => requestAnimationFrame(trace), () => {});
};
const trace = () => {
  if (sound.currentTime >= stopAt) sound.pause();
  if (stopAt === Infinity) {
    const at = sound.currentTime;
    const spoken = [...$("transcript").querySelectorAll(".word")].find(({ word }) => word.start <= at && at < word.end);
    if (spoken && spoken !== chosen) choose(spoken);
    if (now.isOver) paintPicture(Math.max(7, at + 1));
  }
  if (!sound.paused) requestAnimationFrame(trace);
};

const choose = (made) => {
  chosen?.removeAttribute("aria-pressed");
  for (const one of $("transcript").querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
  chosen = made;
  made.setAttribute("aria-pressed", "true");
  made.tabIndex = 0;
  const { text, start: from, end: until, confidence } = made.word;
  const bar = $("inspect");
  bar.hidden = false;
  bar.querySelector("[data-word]").textContent = text;
  bar.querySelector("[data-when]").textContent = `${from.toFixed(2)} to ${until.toFixed(2)} s`;
  bar.querySelector("[data-confidence]").textContent = `confidence ${confidence.toFixed(2)}`;
  $("play-word").hidden = !now.audio && !now.blocks.length;
};
const playWord = () => chosen && playFrom(chosen.word.start, chosen.word.end);

$("transcript").addEventListener("click", ({ target }) => {
  const made = target.closest(".word");
  if (!made) return;
  choose(made);
  playWord();
});
$("play-word").addEventListener("click", playWord);
$("play-all").addEventListener("click", () => playFrom(0, Infinity));

const text = () => now.turns.map(textOf).join("\n");
$("copy-text").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(text());
    $("live-region").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren($("transcript"));
    $("live-region").textContent = "Selected: press Ctrl+C";
  }
});
const FILES = {
  srt: ["application/x-subrip", () => toSrt(now.turns)],
  vtt: ["text/vtt", () => toVtt(now.turns)],
  json: ["application/json", () => JSON.stringify(now.answer ?? now.messages, null, 2)],
};
$("after").addEventListener("click", ({ target }) => {
  const kind = target.closest("[data-save]")?.dataset.save;
  if (!kind) return;
  const [type, made] = FILES[kind];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([made()], { type }));
  link.download = `transcript.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});

// Keys: Space records and stops, arrows walk words, Enter plays.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isOnWord = event.target.classList.contains("word");
  const isOff = document.cookie.includes("keys=off") && !isOnWord; // by the switch in the list of keys
  if (event.key === " " && !isOff && (isOnWord || !event.target.closest("button, input, select, textarea, a, summary, label"))) {
    event.preventDefault();
    start();
  } else if (isOnWord && event.key === "Enter") {
    choose(event.target);
    playWord();
  } else if (isOnWord && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    const all = [...$("transcript").querySelectorAll(".word")];
    const next = all[all.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1)];
    if (next) {
      choose(next);
      next.focus();
    }
  }
});

enter("ready");
