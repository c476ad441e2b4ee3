"use strict";
const TEXT = new TextEncoder();
class Wrong extends Error {
}
const bytes = (base642) => Uint8Array.from(atob(base642), (letter) => letter.charCodeAt(0));
const base64 = (data) => btoa(String.fromCharCode(...data));
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
function joined(parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
function integer(value, size) {
  return Uint8Array.from({ length: size }, (_, nth) => Number(BigInt.asUintN(size * 8, value) >> BigInt(8 * (size - 1 - nth)) & 255n));
}
function readHead(text) {
  const [signed, rest] = text.replaceAll("\r", "").trim().split("\n\n");
  const [origin, size, root] = (signed ?? "").split("\n");
  if (!origin || !root || !/^\d+$/.test(size ?? "")) throw new Wrong("This is no head: it has an origin, a size and a root.");
  return { origin, size: Number(size), root, signed: `${signed}
`, signatures: (rest ?? "").split("\n") };
}
function readProof(text) {
  const [proof, ...head] = text.split("\n\n");
  const [, extra, index, ...path] = (proof ?? "").split("\n");
  const event = JSON.parse(new TextDecoder().decode(bytes((extra ?? "").slice("extra ".length))));
  return { event, index: Number((index ?? "").slice("index ".length)), path: path.map(bytes), head: readHead(head.join("\n\n")) };
}
function micros(time) {
  const [, second, fraction] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt((fraction ?? "").padEnd(6, "0").slice(0, 6));
}
function chained(event) {
  const text = (name) => TEXT.encode(String(event[name]));
  const number = (name, size) => integer(BigInt(event[name]), size);
  const tenant = Uint8Array.from(String(event.tenant_id).replaceAll("-", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const parts = [
    number("partition", 2),
    number("position", 8),
    tenant,
    text("aggregate_type"),
    text("aggregate_id"),
    number("sequence", 8),
    text("event_type"),
    text("event_version"),
    text("payload"),
    text("metadata"),
    integer(micros(String(event.recorded_at)), 8)
  ];
  return sha256(bytes(String(event.previous_hash)), ...parts.flatMap((part) => [integer(BigInt(part.length), 8), part]));
}
async function rootOf(leaf, index, size, path) {
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
async function isSigned(head, verifier) {
  const [name, , encoded] = verifier.trim().split("+");
  const material = bytes((encoded ?? "") + verifier.trim().split("+").slice(3).map((rest) => `+${rest}`).join(""));
  const key = await crypto.subtle.importKey("raw", material.slice(1), "Ed25519", false, ["verify"]);
  for (const line of head.signatures) {
    const [dash, signer, signature] = line.split(" ");
    if (dash !== "—" || signer !== name || !signature) continue;
    if (await crypto.subtle.verify("Ed25519", key, bytes(signature).slice(4), TEXT.encode(head.signed))) return true;
  }
  return false;
}
async function check(url, kept, verifier, say) {
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
  if (!await isSigned(head, verifier)) throw new Wrong("The head is not signed by this key.");
  say("The head is signed by this key.");
}
const section = document.querySelector("[data-proof]");
section?.querySelector("[data-print]")?.addEventListener("click", () => print());
section?.querySelector("[data-check]")?.addEventListener("click", async () => {
  const [checks, value] = [document.querySelector("#checks"), (id) => document.querySelector(id)?.value ?? ""];
  checks?.replaceChildren();
  const say = (text, mark = "✓", name = "good") => {
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
