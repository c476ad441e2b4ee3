"use strict";
const SILENCE_MS = 1e4;
const [PAUSE_MS, PAUSE_MAX_MS] = [2e3, 6e4];
function stoppedNote(section) {
  const note = document.createElement("p");
  [note.className, note.hidden] = ["note", true];
  note.setAttribute("role", "status");
  section.before(note);
  let [heard, timer] = [/* @__PURE__ */ new Date(), 0];
  const stop = () => {
    note.hidden = false;
    const reload = document.createElement("a");
    [reload.href, reload.textContent] = [location.pathname, "Load the page again"];
    note.replaceChildren(`These figures stopped at ${heard.toLocaleTimeString()}. The page tries to go on. `, reload);
  };
  const hear = () => {
    [heard, note.hidden] = [/* @__PURE__ */ new Date(), true];
    clearTimeout(timer);
    timer = setTimeout(stop, SILENCE_MS);
  };
  return { hear };
}
function follow(section) {
  const note = stoppedNote(section);
  note.hear();
  connect(section, note.hear, PAUSE_MS);
}
function connect(section, hear, pause) {
  const source = new EventSource(section.dataset.live ?? "");
  let next = pause;
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => connect(section, hear, Math.min(next * 2, PAUSE_MAX_MS)), next);
  });
  source.addEventListener("message", ({ data }) => {
    next = PAUSE_MS;
    hear();
    const { state, texts, values } = JSON.parse(data);
    if (state !== section.dataset.liveState) {
      source.close();
      if (!document.querySelector("details.acts[open]")) return location.replace(location.pathname);
    }
    for (const element of section.querySelectorAll("[data-live-text]")) {
      const text = texts[element.dataset.liveText ?? ""];
      if (text !== void 0 && element.textContent !== text) element.textContent = text;
    }
    for (const element of section.querySelectorAll("progress[data-live-value]")) {
      const value = values[element.dataset.liveValue ?? ""];
      if (value !== void 0) element.value = value;
    }
  });
}
async function save(link) {
  const [status, bar, stop] = [document.createElement("span"), document.createElement("progress"), document.createElement("button")];
  const control = new AbortController();
  status.setAttribute("role", "status");
  bar.setAttribute("aria-label", "Export");
  [stop.type, stop.className, stop.textContent] = ["button", "button", "Stop"];
  stop.addEventListener("click", () => control.abort());
  const shown = setTimeout(() => link.parentElement?.append(" ", bar, " ", status, " ", stop), 400);
  try {
    const answer = await fetch(link.href, { signal: control.signal });
    if (!answer.ok || !answer.body) throw new Error(`${answer.status}`);
    const [parts, reader] = [[], answer.body.getReader()];
    let lines = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      lines += part.value.reduce((count, byte) => count + Number(byte === 10), 0);
      status.textContent = `${lines.toLocaleString("en")} lines`;
    }
    const file = document.createElement("a");
    file.href = URL.createObjectURL(new Blob(parts, { type: answer.headers.get("content-type") ?? "" }));
    file.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "export";
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 6e4);
    status.textContent = `saved ${lines.toLocaleString("en")} lines`;
  } catch {
    status.textContent = control.signal.aborted ? "stopped" : "the export broke off: try again";
    link.parentElement?.append(" ", status);
  } finally {
    clearTimeout(shown);
    bar.remove();
    stop.remove();
  }
}
document.querySelectorAll("[data-live]").forEach(follow);
for (const link of document.querySelectorAll("a[data-export]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    void save(link);
  });
}
