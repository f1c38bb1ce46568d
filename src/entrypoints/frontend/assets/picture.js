// The speech picture: level, words at their times, and below them what is final and what may change.
const NS = "http://www.w3.org/2000/svg";
const SECONDS = 7;
const MIDDLE = 30;
const LOUDEST = 27;
const GAP = 6;
const ROW = 15;
const widths = new Map();
const pen = document.createElement("canvas").getContext("2d");

const element = (name, values, text = "") => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
};

export const clock = (seconds) => {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

const widthOf = (text, place) => {
  if (!widths.has(text)) {
    pen.font = `500 13px ${getComputedStyle(place).fontFamily}`;
    widths.set(text, pen.measureText(text).width);
  }
  return widths.get(text);
};

// For each word the first of two rows in which its text does not touch the one before; -1 where there is none.
// All words count, also those out of sight, so that no text changes its row as time goes on.
const rowsOf = (words, place) => {
  const ends = [-Infinity, -Infinity];
  return new Map(words.map((word) => {
    const from = (word.start * place.clientWidth) / SECONDS;
    const row = ends.findIndex((end) => end + GAP <= from);
    if (row >= 0) ends[row] = from + widthOf(word.text, place);
    return [word, row];
  }));
};

// bars: levels, each of `step` seconds; words: {text, start, end, confidence, isFinal}.
export const draw = (place, { bars, step, words, now, note = "", isOpen }) => {
  const begin = now - SECONDS;
  const x = (time) => `${((100 * (time - begin)) / SECONDS).toFixed(2)}%`;
  const seen = words.filter((word) => word.end > begin && word.start < now);
  const paths = { "lv lv-quiet": "", lv: "", "lv lv-interim": "" };
  for (let n = Math.max(0, Math.floor(begin / step)); n < bars.length && n * step < now; n += 1) {
    const middle = (n + 0.5) * step;
    const word = seen.find((one) => one.start <= middle && middle < one.end);
    const loud = Math.min(1, Math.sqrt(bars[n] * 4));
    const kind = loud < 0.2 ? "lv lv-quiet" : !word || word.isFinal ? "lv" : "lv lv-interim";
    const half = Math.max(0.8, LOUDEST * loud);
    const at = ((1000 * (middle - begin)) / SECONDS).toFixed(0);
    if (at >= 0) paths[word ? kind : loud < 0.2 ? "lv lv-quiet" : "lv lv-interim"] += `M${at} ${(MIDDLE - half).toFixed(1)}v${(2 * half).toFixed(1)}`;
  }
  const level = element("svg", { width: "100%", height: 60, viewBox: "0 0 1000 60", preserveAspectRatio: "none" });
  for (const [kind, d] of Object.entries(paths)) if (d) level.append(element("path", { class: kind, d }));
  const svg = element("svg", { class: "speech", width: "100%", height: 167, "aria-hidden": "true" });
  svg.append(level);
  const rows = rowsOf(words, place);
  for (const word of seen) {
    const from = Math.max(word.start, begin);
    const kind = word.isFinal ? (word.confidence < 0.7 ? "w w-unsure" : "w") : "w w-interim";
    if (word.start >= begin && rows.get(word) >= 0) svg.append(element("text", { x: x(from), y: 82 + ROW * rows.get(word), class: kind }, word.text));
    svg.append(element("line", { x1: x(from), x2: x(Math.min(word.end, now)), y1: 64.5, y2: 64.5, class: word.isFinal ? "span" : "span span-interim" }));
  }
  const finals = seen.filter((word) => word.isFinal);
  const interims = seen.filter((word) => !word.isFinal);
  if (finals.length) {
    const isFirst = finals[0] === words[0];
    const end = x(Math.min(now, finals.at(-1).end));
    const from = isFirst ? x(Math.max(begin, finals[0].start)) : "0%";
    svg.append(element("line", { x1: from, x2: end, y1: 115.5, y2: 115.5, class: "res" }));
    svg.append(element("line", { x1: end, x2: end, y1: 110, y2: 121, class: "res" }));
    const near = finals.at(-1).end - begin < 1.6;
    svg.append(element("text", { x: end, dx: near ? 8 : -8, y: 134, "text-anchor": near ? "start" : "end", class: "res-label" }, note && !near ? `final, ${note}` : "final"));
  }
  if (interims.length) {
    const from = x(Math.max(begin, interims[0].start));
    svg.append(element("line", { x1: from, x2: "99.6%", y1: 115.5, y2: 115.5, class: "res res-interim" }));
    svg.append(element("text", { x: from, y: 134, class: "res-label" }, now - interims[0].start > 1.2 ? "interim, may change" : ""));
  }
  for (let second = Math.max(0, Math.ceil(begin)); second <= Math.min(now, bars.length * step); second += 1) {
    const edge = second - begin < 0.3 ? "start" : now - second < 0.3 ? "end" : "middle";
    svg.append(element("text", { x: x(second), y: 158, "text-anchor": edge, class: "res-label" }, clock(second)));
  }
  if (isOpen) svg.append(element("line", { x1: "100%", x2: "100%", y1: 0, y2: 125, class: "now" }));
  place.replaceChildren(svg);
};
