// Open sessions, as events of the server say. At most 4 paints a second; only changed cells are touched.
const $ = (id) => document.getElementById(id);
const place = $("live");
const { events, zone, end } = place.dataset;
const names = JSON.parse(place.dataset.names);
const rows = $("rows");
const PAINT_MS = 250;
const NEW_MS = 15_000;
const GONE_SECONDS = 5;
const AGAIN_SECONDS = 5;

const sessions = new Map(); // by id: what is known of it, and its row
let source = null;
let lostSince = null;
let again = 0;
let changes = [];
let isPainting = false;

const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
// A changed text keeps its node, so that the browser lays out that text and nothing around it.
const put = (element, text) => {
  const node = element?.firstChild;
  if (node?.nodeType === Node.TEXT_NODE && node === element.lastChild) {
    if (node.data !== text) node.data = text;
  } else if (element) element.textContent = text;
};
const count = new Intl.NumberFormat("en");
const whole = (number) => count.format(number);
const copyOf = (id) => $(id).content.firstElementChild.cloneNode(true);

const length = (ms) => {
  const seconds = Math.round(ms / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60) % 60, String(seconds % 60).padStart(2, "0")];
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
};
const age = (started) => {
  const seconds = Math.max(0, Math.floor((Date.now() - started) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;
};

const setState = (one, kind) => {
  if (one.state === kind) return;
  one.state = kind;
  one.cells.state.replaceChildren(copyOf(`state-${kind}`));
};

// Cells that change, found once.
const cellsOf = (row) =>
  Object.fromEntries(["age", "language", "audio", "model", "state", "act"].map((name) => [name, row.querySelector(`[data-${name}]`)]));

const add = (session, isNew, before = rows.firstElementChild) => {
  if (sessions.has(session.id)) return meter(session);
  const row = copyOf("row");
  row.dataset.id = session.id;
  const started = Date.parse(session.started_at);
  const time = row.querySelector("time");
  time.dateTime = session.started_at;
  time.textContent = clock.format(started);
  const cell = (name) => row.querySelector(`[data-${name}]`);
  cell("short").textContent = session.id.slice(0, 8);
  cell("key").textContent = names[session.key_id] ?? session.key_id.slice(0, 8);
  cell("kind").textContent = session.kind === "live" ? "Live" : "File";
  if (end) {
    const link = copyOf("act-end");
    link.href = `${end}/${encodeURIComponent(session.id)}/end`;
    link.setAttribute("aria-label", `End session ${session.id.slice(0, 8)}`);
    cell("act").append(link);
  }
  const one = { row, cells: cellsOf(row), started, kind: session.kind, state: "", goneAt: null };
  sessions.set(session.id, one);
  setState(one, Date.now() - started < NEW_MS ? "new" : "open");
  if (isNew) row.classList.add("arrived");
  rows.insertBefore(row, before);
  meter(session);
};
const meter = (session) => {
  const one = sessions.get(session.id);
  if (!one) return;
  put(one.cells.audio, length(session.audio_ms));
  put(one.cells.language, session.language ?? "");
  put(one.cells.model, session.model ?? "");
};
const leave = (session) => {
  const one = sessions.get(session.id);
  if (!one || one.goneAt) return;
  one.goneAt = Date.now() + GONE_SECONDS * 1000;
  one.row.classList.add("gone");
  setState(one, "ended");
};

const onSnapshot = ({ sessions: all }) => {
  const open = new Set(all.map((session) => session.id));
  for (const id of sessions.keys()) if (!open.has(id)) leave({ id });
  let next = rows.firstElementChild;
  for (const session of [...all].sort((a, b) => (a.started_at > b.started_at ? -1 : 1))) {
    add(session, false, next); // each below the newer one before it
    next = sessions.get(session.id).row.nextElementSibling;
  }
};

// While the pointer is on the rows, none of them moves: what arrives waits until it leaves.
const isHeld = () => matchMedia("(hover: hover)").matches && rows.matches(":hover");

// Counts of open streams, each at the second since which it holds, for the last 15 minutes.
const SPAN = 900;
const counts = [];
const draw = (now, open) => {
  const second = Math.floor(now / 1000);
  if (counts.at(-1)?.open !== open) {
    if (counts.at(-1)?.second === second) counts.pop();
    counts.push({ second, open });
  }
  while (counts[1]?.second <= second - SPAN) counts.shift();
  const from = Math.max(counts[0].second, second - SPAN);
  const most = Math.max(...counts.map((one) => one.open));
  const unit = 10 ** Math.floor(Math.log10(Math.max(most, 2) / 2));
  const half = [1, 2, 2.5, 5, 10].map((factor) => Math.ceil(factor * unit)).find((step) => 2 * step >= most);
  const x = (at) => (900 * Math.max(0, at - from)) / Math.max(1, second - from);
  const y = (value) => 108 - (100 * value) / (2 * half);
  let path = `M0 ${y(counts[0].open).toFixed(1)}`;
  for (const one of counts.slice(1)) path += `H${x(one.second).toFixed(1)}V${y(one.open).toFixed(1)}`;
  $("chart-line").setAttribute("d", `${path}H900`);
  $("chart-area").setAttribute("d", `${path}H900V108H0z`);
  put($("chart-top"), whole(2 * half));
  put($("chart-half"), whole(half));
  put($("chart-from"), clock.format(from * 1000));
  put($("chart-most"), whole(most));
  if (second - from >= SPAN) put($("chart-span"), "last 15 minutes");
};

const tick = () => {
  const now = Date.now();
  const held = isHeld();
  for (const [id, one] of sessions) {
    put(one.cells.age, age(one.started));
    if (one.goneAt) {
      const left = Math.ceil((one.goneAt - now) / 1000);
      if (left <= 0 && !held) {
        one.row.remove();
        sessions.delete(id);
      } else put(one.cells.act, `gone in ${Math.max(0, left)} s`);
    } else if (one.state === "new" && now - one.started >= NEW_MS) setState(one, "open");
  }
  const open = [...sessions.values()].filter((one) => !one.goneAt && one.kind === "live").length;
  put($("count"), whole(open));
  draw(now, open);
  $("none").hidden = sessions.size > 0;
  $("some").hidden = sessions.size === 0;
};

const paint = () => {
  isPainting = false;
  if (isHeld()) return;
  for (const change of changes.splice(0)) change();
  tick();
};
const plan = (change) => {
  changes.push(change);
  if (isPainting) return;
  isPainting = true;
  setTimeout(() => requestAnimationFrame(paint), PAINT_MS);
};
rows.addEventListener("pointerleave", () => changes.length && paint());

const lose = () => {
  source?.close();
  source = null;
  lostSince ??= Date.now();
  again = AGAIN_SECONDS;
  place.classList.add("not-live");
  $("not-live").hidden = false;
};
const live = () => {
  if (lostSince !== null || !$("live-state").querySelector(".state-ok")) {
    const mark = copyOf("state-live");
    mark.querySelector(".dim").textContent = `since ${clock.format(Date.now())}`;
    $("live-state").replaceChildren(mark);
  }
  lostSince = null;
  place.classList.remove("not-live");
  $("not-live").hidden = true;
};

const connect = () => {
  source = new EventSource(events);
  const on = (kind, change) =>
    source.addEventListener(kind, ({ data }) => {
      const event = JSON.parse(data);
      live();
      plan(() => change(event));
    });
  on("snapshot", onSnapshot);
  on("started", ({ session }) => add(session, true));
  on("metered", (event) => event.sessions.forEach(meter));
  on("ended", ({ session }) => leave(session));
  source.onerror = lose;
};

setInterval(() => {
  if (document.hidden) return;
  if (lostSince !== null) {
    again -= 1;
    put($("not-live").querySelector("[data-text]"), `Not live since ${clock.format(lostSince)}. Trying again in ${Math.max(0, again)} s.`);
    if (!source && again <= 0) connect();
  }
  tick();
}, 1000);

// A tab that is not seen asks for nothing; it begins with a snapshot when it is seen again.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (!source) connect();
});

// What the server put in stays; the first snapshot corrects it.
for (const row of rows.children) {
  const { id, started, kind } = row.dataset;
  sessions.set(id, { row, cells: cellsOf(row), started: Date.parse(started), kind, state: "open", goneAt: null });
}
tick();
connect();
