// Search, copying, and what is hidden without this script. The page is whole without it.
const search = document.querySelector("#search");
const none = document.querySelector("#none");
const contents = document.querySelector("nav details");
const operations = [...document.querySelectorAll("article[data-words]")];
const links = new Map([...document.querySelectorAll("nav li a")].map((a) => [a.hash.slice(1), a.parentElement]));
const narrow = matchMedia("(max-width: 52rem)");

// A document without an address of its own is served where it describes.
for (const code of document.querySelectorAll(".curl code[data-here]"))
  code.textContent = code.textContent.replace('"/', `"${location.origin}/`);

const show = () => {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const one of operations) {
    const is = wanted.every((word) => one.dataset.words.includes(word));
    one.hidden = !is;
    links.get(one.id)?.toggleAttribute("hidden", !is);
    found += is;
  }
  for (const group of document.querySelectorAll("nav ul, main > section")) {
    const parts = [...group.querySelectorAll("li, article")];
    const empty = wanted.length > 0 && parts.every((part) => part.hidden || !part.matches("[data-words], li"));
    group.hidden = empty;
    if (group.matches("ul")) group.previousElementSibling.hidden = empty;
  }
  none.hidden = found > 0;
  if (wanted.length && narrow.matches) contents.open = true;
};
search.parentElement.hidden = false;
search.addEventListener("input", show);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea")) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    show();
  }
});
// A link leads to what a search hides.
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.closest("[hidden]")) {
    search.value = "";
    show();
    target.scrollIntoView();
  }
});

for (const button of document.querySelectorAll(".curl button")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code); // without https there is no clipboard
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}

contents.open = !narrow.matches;
