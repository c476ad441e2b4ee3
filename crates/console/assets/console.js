"use strict";
const ITEM = "[data-item]";
function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}
function step(by) {
  const items = [...document.querySelectorAll(ITEM)];
  if (items.length === 0) return;
  const at = items.findIndex((item2) => item2 === document.activeElement || item2.contains(document.activeElement));
  const next = items[at === -1 ? by > 0 ? 0 : items.length - 1 : Math.min(Math.max(at + by, 0), items.length - 1)];
  if (next === void 0) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  for (const item2 of items) item2.classList.toggle("at", item2 === next);
}
function item() {
  const active = document.activeElement;
  return active instanceof HTMLElement && active.matches(ITEM) ? active : void 0;
}
function unfold() {
  const details = item()?.querySelector("details");
  if (details) details.open = !details.open;
}
function leave() {
  for (const open of document.querySelectorAll("details.person[open]")) open.open = false;
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
function focusSearch() {
  const search = document.querySelector("#search");
  search?.focus();
  search?.select();
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const dialog = document.querySelector("#keys");
  if (event.key === "Escape" && !dialog?.open) return leave();
  if (isTyping(event.target) || dialog?.open) return;
  const acts = {
    j: () => step(1),
    k: () => step(-1),
    e: unfold,
    "/": focusSearch,
    "?": () => dialog?.showModal()
  };
  const act = acts[event.key];
  if (act !== void 0) {
    event.preventDefault();
    act();
  } else if (event.key === "Enter" && item() !== void 0) {
    item()?.querySelector("a[href]")?.click();
  }
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-copy]") : null;
  if (button === null) return;
  const text = button.dataset.copy || button.parentElement?.querySelector("code")?.textContent || "";
  navigator.clipboard?.writeText(text).then(() => {
    button.textContent = "copied";
    setTimeout(() => {
      button.textContent = "copy";
    }, 1500);
  }, () => void 0);
});
function localTimes() {
  const format = new Intl.DateTimeFormat(void 0, { dateStyle: "medium", timeStyle: "long" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.title = `${time.title}
${format.format(at)}`;
  }
}
function slider(range) {
  const label = document.querySelector("[data-slider-label]");
  const marks = [...document.querySelectorAll("[data-version]")];
  const show = () => {
    if (label) label.textContent = range.value === range.max ? `version ${range.value}, now` : `version ${range.value}`;
    range.setAttribute("aria-valuetext", label?.textContent ?? range.value);
    for (const mark of marks) mark.classList.toggle("on", mark.dataset.version === range.value);
  };
  range.addEventListener("input", show);
  range.addEventListener("pointerup", () => {
    range.form?.requestSubmit();
  });
  range.addEventListener("keydown", (event) => {
    if (event.key === "Enter") range.form?.requestSubmit();
  });
  show();
}
document.documentElement.classList.add("scripted");
localTimes();
for (const range of document.querySelectorAll("input[data-slider]")) slider(range);
