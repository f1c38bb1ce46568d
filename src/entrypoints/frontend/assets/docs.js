// The search of the docs: it filters the contents, which are in the page, by all words of every section.
const list = document.querySelector("#docs-list");
const field = document.querySelector("#docs-search");

field.addEventListener("input", () => {
  const sought = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const chapter of list.children) {
    let isShown = !sought.length;
    for (const section of chapter.querySelectorAll("[data-words]")) {
      const matches = sought.every((word) => section.dataset.words.includes(word));
      section.hidden = !matches;
      section.classList.toggle("found", sought.length > 0 && matches);
      isShown ||= matches;
    }
    chapter.hidden = !isShown;
    count += isShown;
  }
  document.querySelector("#docs-none").hidden = count > 0;
});
