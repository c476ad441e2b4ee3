// Figures that go on changing while a page is open, and exports that say how far they are.

interface Figures { state: string; texts: Record<string, string>; values: Record<string, number> }

/** Without figures for so long, the page says that they have stopped. The service sends them every 3 seconds. */
const SILENCE_MS = 10_000;
/** The pause before a new connection, if the browser makes none of its own: at first, and at most. */
const [PAUSE_MS, PAUSE_MAX_MS] = [2_000, 60_000];

/** A line above the figures that says since when they have stopped. */
function stoppedNote(section: HTMLElement): { hear: () => void } {
  const note = document.createElement("p");
  [note.className, note.hidden] = ["note", true];
  note.setAttribute("role", "status");
  section.before(note);
  let [heard, timer] = [new Date(), 0];
  const stop = (): void => {
    note.hidden = false;
    const reload = document.createElement("a");
    [reload.href, reload.textContent] = [location.pathname, "Load the page again"];
    note.replaceChildren(`These figures stopped at ${heard.toLocaleTimeString()}. The page tries to go on. `, reload);
  };
  const hear = (): void => {
    [heard, note.hidden] = [new Date(), true];
    clearTimeout(timer);
    timer = setTimeout(stop, SILENCE_MS);
  };
  return { hear };
}

/** Shows the figures that the service sends. When more than figures has changed, the page is loaded again. */
function follow(section: HTMLElement): void {
  const note = stoppedNote(section);
  note.hear();
  connect(section, note.hear, PAUSE_MS);
}

function connect(section: HTMLElement, hear: () => void, pause: number): void {
  const source = new EventSource(section.dataset.live ?? "");
  let next = pause;
  source.addEventListener("error", () => {
    // The browser goes on by itself unless the answer was none of figures.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => connect(section, hear, Math.min(next * 2, PAUSE_MAX_MS)), next);
  });
  source.addEventListener("message", ({ data }) => {
    next = PAUSE_MS;
    hear();
    const { state, texts, values } = JSON.parse(data) as Figures;
    if (state !== section.dataset.liveState) {
      source.close();
      // A form that somebody fills in is not taken away.
      if (!document.querySelector("details.acts[open]")) return location.replace(location.pathname);
    }
    for (const element of section.querySelectorAll<HTMLElement>("[data-live-text]")) {
      const text = texts[element.dataset.liveText ?? ""];
      if (text !== undefined && element.textContent !== text) element.textContent = text;
    }
    for (const element of section.querySelectorAll<HTMLProgressElement>("progress[data-live-value]")) {
      const value = values[element.dataset.liveValue ?? ""];
      if (value !== undefined) element.value = value;
    }
  });
}

/** Saves an export, and says meanwhile how many lines have come. Small ones are there before that is seen. */
async function save(link: HTMLAnchorElement): Promise<void> {
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
    const [parts, reader] = [[] as Uint8Array<ArrayBuffer>[], answer.body.getReader()];
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
    // The browser has taken it by then.
    setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
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

document.querySelectorAll<HTMLElement>("[data-live]").forEach(follow);
for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-export]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    void save(link);
  });
}
