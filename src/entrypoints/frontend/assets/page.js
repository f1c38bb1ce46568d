// What every page needs of a script. Pages are readable, and forms work, without it.
const root = document.documentElement;

const say = (text) => {
  document.querySelector("#live-region").textContent = text;
};

const remember = (name, value) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
};

// The server shows times in this zone from the next page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes("zone=")) remember("zone", zone);

const turnTheme = () => {
  const chosen = root.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  remember("theme", root.dataset.theme);
  say(dark ? "Light theme" : "Dark theme");
};

const copy = async (button) => {
  const found = [...document.querySelectorAll(button.dataset.copy)];
  const from = found.find((one) => one.offsetParent) ?? found[0];
  try {
    await navigator.clipboard.writeText(from.textContent.trim());
    button.dataset.copied = "";
    say("Copied");
    setTimeout(() => delete button.dataset.copied, 2000);
  } catch { // no permission: it is selected, so that Ctrl+C copies it
    getSelection().selectAllChildren(from);
    say("Selected: press Ctrl+C");
  }
};

const reveal = (button) => {
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.textContent = shown ? "Hide" : "Show";
};

document.addEventListener("click", (event) => {
  const on = (name) => event.target.closest(`[data-${name}]`);
  if (on("turn-theme")) {
    event.preventDefault();
    turnTheme();
  } else if (on("copy")) copy(on("copy"));
  else if (on("reveal")) reveal(on("reveal"));
});

// A form is sent once: its button says so until the next page is there.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  event.submitter?.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled");
  }
});

// Single keys: `g` and a page's key, `/` for the page's search, `?` for the list of them. The list has a switch that
// turns them off (WCAG 2.1.4). What is typed into a field is never one.
const sheet = document.querySelector("#keyboard");
const keys = sheet?.querySelector("[data-keys]");
let isGoing = false;
if (keys) {
  keys.checked = !document.cookie.includes("keys=off");
  keys.addEventListener("change", () => remember("keys", keys.checked ? "on" : "off"));
}
const isTyped = ({ target, ctrlKey, metaKey, altKey, isComposing }) =>
  ctrlKey || metaKey || altKey || isComposing || target.matches("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (!keys?.checked || event.repeat || isTyped(event)) return;
  const link = isGoing && document.querySelector(`.nav [data-go="${CSS.escape(event.key)}"]`);
  isGoing = event.key === "g" && !link;
  const search = document.querySelector("main input[type=search]");
  if (link) link.click();
  else if (event.key === "?") {
    sheet.togglePopover();
    if (sheet.matches(":popover-open")) sheet.querySelector("button").focus(); // its end gives it back
  } else if (event.key === "/" && search) search.focus();
  else return;
  event.preventDefault();
});

document.querySelector("#errors")?.focus();

for (const control of document.querySelectorAll("[data-send-on-change]"))
  control.addEventListener("change", () => {
    if (!control.closest(":popover-open")) control.form.requestSubmit(); // a sheet has a button
  });

// A link of an email brings its token after #, which no server logs.
const token = document.querySelector("[data-token]");
if (token && location.hash.length > 1) {
  token.value = decodeURIComponent(location.hash.slice(1));
  token.closest(".field").hidden = true;
  history.replaceState(null, "", location.pathname);
  if ("sendWithToken" in token.form.dataset) token.form.requestSubmit();
}
