// The text and the captions of turns, which are lists of words {text, start, end}.
const MOST_LETTERS = 74;
const LONGEST = 6;

// Scripts without spaces, as in aldea_core/domain/transcripts/scripts.py.
const UNSPACED = "[\\u3000-\\u303f\\uff00-\\uff9f\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Tibt}\\p{sc=Mymr}\\p{sc=Khmr}]";
const [ENDS_SO, BEGINS_SO] = [new RegExp(`${UNSPACED}$`, "u"), new RegExp(`^${UNSPACED}`, "u")];

// What stands between two texts.
export const gap = (before, after) => (ENDS_SO.test(before) || BEGINS_SO.test(after) ? "" : " ");

export const textOf = (words) => words.reduce((text, word) => (text ? text + gap(text, word.text) + word.text : word.text), "");

const pad = (number, digits) => String(number).padStart(digits, "0");

const stamp = (seconds, mark) => {
  const ms = Math.round(seconds * 1000);
  const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(Math.floor(ms / 1000) % 60, 2)}${mark}${pad(ms % 1000, 3)}`;
};

const captionsOf = (turns) => {
  const found = [];
  for (const turn of turns) {
    let now = null;
    for (const word of turn) {
      const isFull = now && (now.text.length + word.text.length >= MOST_LETTERS || word.end - now.start > LONGEST);
      if (!now || isFull) found.push((now = { text: word.text, start: word.start, end: word.end }));
      else Object.assign(now, { text: now.text + gap(now.text, word.text) + word.text, end: word.end });
    }
  }
  return found;
};

const lines = (turns, mark) => captionsOf(turns).map(({ text, start, end }) => `${stamp(start, mark)} --> ${stamp(end, mark)}\n${text}\n`);

export const toSrt = (turns) => lines(turns, ",").map((one, n) => `${n + 1}\n${one}`).join("\n");
export const toVtt = (turns) => `WEBVTT\n\n${lines(turns, ".").join("\n")}`;
