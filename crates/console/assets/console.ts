// What a page can do beyond links and forms. Every page works without it.

const ITEM = '[data-item]';

/** Whether somebody is typing, so that letters are letters. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** Moves the focus to the next item of the page, or the one before. */
function step(by: number): void {
  const items = [...document.querySelectorAll<HTMLElement>(ITEM)];
  if (items.length === 0) return;
  const at = items.findIndex((item) => item === document.activeElement || item.contains(document.activeElement));
  const next = items[at === -1 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + by, 0), items.length - 1)];
  if (next === undefined) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
  for (const item of items) item.classList.toggle('at', item === next);
}

/** The item that has the focus itself. */
function item(): HTMLElement | undefined {
  const active = document.activeElement;
  return active instanceof HTMLElement && active.matches(ITEM) ? active : undefined;
}

function unfold(): void {
  const details = item()?.querySelector('details');
  if (details) details.open = !details.open;
}

function leave(): void {
  for (const open of document.querySelectorAll<HTMLDetailsElement>('details.person[open]')) open.open = false;
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

function focusSearch(): void {
  const search = document.querySelector<HTMLInputElement>('#search');
  search?.focus();
  search?.select();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const dialog = document.querySelector<HTMLDialogElement>('#keys');
  if (event.key === 'Escape' && !dialog?.open) return leave();
  if (isTyping(event.target) || dialog?.open) return;
  const acts: Record<string, () => void> = {
    j: () => step(1),
    k: () => step(-1),
    e: unfold,
    '/': focusSearch,
    '?': () => dialog?.showModal(),
  };
  const act = acts[event.key];
  if (act !== undefined) {
    event.preventDefault();
    act();
  } else if (event.key === 'Enter' && item() !== undefined) {
    item()?.querySelector<HTMLAnchorElement>('a[href]')?.click();
  }
});

/** Buttons that copy a text: their own, or that of the code beside them. */
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('button[data-copy]') : null;
  if (button === null) return;
  const text = button.dataset.copy || button.parentElement?.querySelector('code')?.textContent || '';
  navigator.clipboard?.writeText(text).then(() => {
    button.textContent = 'copied';
    setTimeout(() => { button.textContent = 'copy'; }, 1500);
  }, () => undefined);
});

/** Adds the reader's time zone to the exact instant of each time. */
function localTimes(): void {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.title = `${time.title}\n${format.format(at)}`;
  }
}

/** The slider of versions: says where it is while it moves, and opens that version when it is let go, or by Enter. */
function slider(range: HTMLInputElement): void {
  const label = document.querySelector<HTMLElement>('[data-slider-label]');
  const marks = [...document.querySelectorAll<SVGElement>('[data-version]')];
  const show = (): void => {
    if (label) label.textContent = range.value === range.max ? `version ${range.value}, now` : `version ${range.value}`;
    range.setAttribute('aria-valuetext', label?.textContent ?? range.value);
    for (const mark of marks) mark.classList.toggle('on', mark.dataset.version === range.value);
  };
  range.addEventListener('input', show);
  // Not at each change: arrow keys move by one version each.
  range.addEventListener('pointerup', () => { range.form?.requestSubmit(); });
  range.addEventListener('keydown', (event) => { if (event.key === 'Enter') range.form?.requestSubmit(); });
  show();
}

document.documentElement.classList.add('scripted');
localTimes();
for (const range of document.querySelectorAll<HTMLInputElement>('input[data-slider]')) slider(range);
