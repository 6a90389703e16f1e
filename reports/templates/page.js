"use strict";
// Everything on the page reads without this: it adds copy buttons, unfolds what a link points into, and filters.
// The state of a filter lies in the fragment (#endpoints?q=orders&status=fail), so that a filtered page can be linked.
function fragment() {
  const [id, query = ""] = location.hash.slice(1).split("?");
  let name = id;
  try { name = decodeURIComponent(id); } catch { /* not a link of this page */ }
  return { id: name, query: new URLSearchParams(query) };
}
for (const block of document.querySelectorAll(".curl")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const text = block.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(block.querySelector("code"));
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  block.append(button);
}
function unfold() {
  const target = document.getElementById(fragment().id);
  for (let node = target; node; node = node.parentElement) {
    if (node.tagName === "DETAILS") node.open = true;
  }
  if (target) target.scrollIntoView();
}
// A section whose items carry data-status and data-text gets a filter: words, a status, and how many are shown.
const filters = new Map();
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
for (const section of document.querySelectorAll("section[data-filter]")) {
  const items = [...section.querySelectorAll("[data-text]")];
  if (items.length < 2) continue;
  const rows = items.filter((item) => !item.matches("details"));
  const name = section.dataset.filter;
  const words = element("input", { type: "search", "aria-label": `Filter ${name}`, placeholder: "Filter ( / )" });
  const kinds = [...new Set(items.map((item) => item.dataset.status))];
  const status = element("select", { "aria-label": `Status or kind of ${name}` }, element("option", { value: "" }, "all"));
  for (const kind of kinds) status.append(element("option", { value: kind }, kind));
  const shown = element("output", { class: "soft" });
  function apply() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items) {
      const text = item.dataset.text.toLowerCase();
      item.hidden = !(wanted.every((word) => text.includes(word)) && (!status.value || item.dataset.status === status.value));
    }
    const left = rows.filter((item) => !item.hidden).length;
    shown.value = left === rows.length ? "" : `${left} of ${rows.length} shown`;
  }
  function remember() {
    apply();
    const query = new URLSearchParams();
    if (words.value) query.set("q", words.value);
    if (status.value) query.set("status", status.value);
    history.replaceState(null, "", `#${section.id}${query.size ? `?${query}` : ""}`);
  }
  words.addEventListener("input", remember);
  status.addEventListener("change", remember);
  words.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { words.value = ""; status.value = ""; remember(); words.blur(); }
  });
  section.querySelector(".head").after(element("form", { class: "filter", role: "search" }, words, status, shown));
  section.querySelector(".filter").addEventListener("submit", (event) => event.preventDefault());
  filters.set(section.id, { words, set(query) { words.value = query.get("q") ?? ""; status.value = query.get("status") ?? ""; apply(); } });
}
function follow() {
  const { id, query } = fragment();
  filters.get(id)?.set(query);
  unfold();
}
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  const sections = [...filters.keys()].map((id) => document.getElementById(id));
  const nearest = sections.find((section) => section.getBoundingClientRect().bottom > 120) ?? sections[0];
  if (!nearest) return;
  event.preventDefault();
  nearest.scrollIntoView();
  filters.get(nearest.id).words.focus();
});
addEventListener("hashchange", follow);
if (location.hash) follow();
