// Checks the proof of an event against a head that a person kept: RFC 6962, C2SP tlog-proof and checkpoint, and the
// hash chain of this log. All hashes are computed here.

const TEXT = new TextEncoder();

interface Head { origin: string; size: number; root: string; signed: string; signatures: string[] }
interface Proof { event: Record<string, unknown>; index: number; path: Uint8Array[]; head: Head }

class Wrong extends Error {}

const bytes = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const base64 = (data: Uint8Array) => btoa(String.fromCharCode(...data));
const sha256 = async (...parts: Uint8Array[]) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** An integer in `size` bytes, the greatest first. */
function integer(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, nth) => Number((BigInt.asUintN(size * 8, value) >> BigInt(8 * (size - 1 - nth))) & 255n));
}

function readHead(text: string): Head {
  const [signed, rest] = text.replaceAll("\r", "").trim().split("\n\n");
  const [origin, size, root] = (signed ?? "").split("\n");
  if (!origin || !root || !/^\d+$/.test(size ?? "")) throw new Wrong("This is no head: it has an origin, a size and a root.");
  return { origin, size: Number(size), root, signed: `${signed}\n`, signatures: (rest ?? "").split("\n") };
}

function readProof(text: string): Proof {
  const [proof, ...head] = text.split("\n\n");
  const [, extra, index, ...path] = (proof ?? "").split("\n");
  const event = JSON.parse(new TextDecoder().decode(bytes((extra ?? "").slice("extra ".length))));
  return { event, index: Number((index ?? "").slice("index ".length)), path: path.map(bytes), head: readHead(head.join("\n\n")) };
}

/** Microseconds since 1970: the database's times have that many digits. */
function micros(time: string): bigint {
  const [, second, fraction] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt((fraction ?? "").padEnd(6, "0").slice(0, 6));
}

/** The hash that the chain has after the event. */
function chained(event: Record<string, unknown>): Promise<Uint8Array> {
  const text = (name: string) => TEXT.encode(String(event[name]));
  const number = (name: string, size: number) => integer(BigInt(event[name] as number), size);
  const tenant = Uint8Array.from(String(event.tenant_id).replaceAll("-", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const parts = [
    number("partition", 2), number("position", 8), tenant, text("aggregate_type"), text("aggregate_id"), number("sequence", 8),
    text("event_type"), text("event_version"), text("payload"), text("metadata"), integer(micros(String(event.recorded_at)), 8),
  ];
  return sha256(bytes(String(event.previous_hash)), ...parts.flatMap((part) => [integer(BigInt(part.length), 8), part]));
}

/** The root that leaf and path lead to (RFC 9162, 2.1.3.2). */
async function rootOf(leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): Promise<Uint8Array> {
  let [at, last, hash] = [index, size - 1, leaf];
  for (const beside of path) {
    if (last === 0) throw new Wrong("The path is too long.");
    if (at % 2 === 1 || at === last) {
      hash = await sha256(Uint8Array.of(1), beside, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      hash = await sha256(Uint8Array.of(1), hash, beside);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new Wrong("The path is too short.");
  return hash;
}

/** Whether the holder of the key signed the head. */
async function isSigned(head: Head, verifier: string): Promise<boolean> {
  const [name, , encoded] = verifier.trim().split("+");
  const material = bytes((encoded ?? "") + verifier.trim().split("+").slice(3).map((rest) => `+${rest}`).join(""));
  const key = await crypto.subtle.importKey("raw", material.slice(1), "Ed25519", false, ["verify"]);
  for (const line of head.signatures) {
    const [dash, signer, signature] = line.split(" ");
    if (dash !== "\u2014" || signer !== name || !signature) continue;
    if (await crypto.subtle.verify("Ed25519", key, bytes(signature).slice(4), TEXT.encode(head.signed))) return true;
  }
  return false;
}

/** Checks everything, and says each step that holds. */
async function check(url: string, kept: string, verifier: string, say: (text: string) => void): Promise<void> {
  const head = readHead(kept);
  const answer = await fetch(`${url}?size=${head.size}`);
  if (!answer.ok) throw new Wrong("This head has fewer events than the one to prove, or more than the log: the event isn’t in it.");
  const proof = readProof(await answer.text());
  const { event } = proof;
  if (proof.head.origin !== head.origin) throw new Wrong("The head is of another log or partition.");
  if (event.position !== proof.index + 1) throw new Wrong("The proof is of another position.");
  say("The event’s bytes give its hash in the chain.");
  const leaf = await sha256(Uint8Array.of(0), await chained(event));
  const root = base64(await rootOf(leaf, proof.index, head.size, proof.path));
  if (root !== head.root) throw new Wrong("The event is not in the log of this head: the roots differ.");
  say(`Hash and path lead to the root of your head of ${head.size} events.`);
  if (!verifier.trim()) return say("The head’s signature was not checked: no key was given.");
  if (!(await isSigned(head, verifier))) throw new Wrong("The head is not signed by this key.");
  say("The head is signed by this key.");
}

const section = document.querySelector<HTMLElement>("[data-proof]");
section?.querySelector("[data-print]")?.addEventListener("click", () => print());
section?.querySelector("[data-check]")?.addEventListener("click", async () => {
  const [checks, value] = [document.querySelector("#checks"), (id: string) => document.querySelector<HTMLInputElement>(id)?.value ?? ""];
  checks?.replaceChildren();
  const say = (text: string, mark = "✓", name = "good") => {
    const item = document.createElement("li");
    item.className = name;
    item.textContent = `${mark} ${text}`;
    checks?.append(item);
  };
  try {
    await check(section.dataset.proof ?? "", value("#head"), value("#verifier"), say);
    say("Proved: this event is in the log of your head.");
  } catch (error) {
    say(error instanceof Wrong ? error.message : "What you pasted can’t be read.", "✗", "bad");
  }
});
