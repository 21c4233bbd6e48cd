// Run inside a project that has the package installed. Importing each entry in Node must do nothing:
// no call that reaches out, nothing left that keeps the process alive, nothing new on globalThis. It
// only asks whether there is a document, because an answer in its address would need the module.
import { after, test } from "node:test";
import assert from "node:assert/strict";

const REACHING = [
  "fetch", "setTimeout", "setInterval", "queueMicrotask", "addEventListener", "BroadcastChannel",
  "localStorage", "sessionStorage", "indexedDB", "XMLHttpRequest", "document", "history", "location",
];

const touched = [];
const before = new Set(Reflect.ownKeys(globalThis));
const originals = new Map();
for (const name of REACHING) {
  const original = Object.getOwnPropertyDescriptor(globalThis, name);
  originals.set(name, original);
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      touched.push(name);
      return original?.get ? original.get.call(globalThis) : original?.value;
    },
  });
}
for (const name of ["compile", "instantiate", "Module", "Instance"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = function (...values) {
    touched.push(`WebAssembly.${name}`);
    return new.target ? new original(...values) : original(...values);
  };
}

const entries = {};
for (const entry of [
  "basic-oauth", "basic-oauth/slim", "basic-oauth/button", "basic-oauth/slim/button", "basic-oauth/svelte",
  "basic-oauth/testing",
]) {
  entries[entry] = await import(entry);
}
const seen = [...touched];
const added = Reflect.ownKeys(globalThis)
  .filter((name) => !before.has(name) && !REACHING.includes(name));
for (const [name, original] of originals) {
  if (original) Object.defineProperty(globalThis, name, original);
  else delete globalThis[name];
}

test("importing every entry asks for a document and touches nothing else", () =>
  assert.deepEqual([...new Set(seen)], ["document"]));

test("importing every entry adds no global", () => assert.deepEqual(added, []));

test("the entries export what their users write", () => {
  assert.equal(typeof entries["basic-oauth"].BasicAuth.start, "function");
  assert.equal(typeof entries["basic-oauth/slim"].BasicAuth.start, "function");
  assert.equal(typeof entries["basic-oauth/slim"].initialize, "function");
  assert.equal(typeof entries["basic-oauth"].BasicAuthError, "function");
  for (const entry of ["basic-oauth/button", "basic-oauth/slim/button"]) {
    assert.equal(typeof entries[entry].BasicSignInElement, "function");
    assert.equal(typeof entries[entry].defineSignInButton, "function");
  }
});

test("the raw module and the manifest can be found", () => {
  assert.match(import.meta.resolve("basic-oauth/basic_oauth.wasm"), /basic_oauth\.wasm$/);
  assert.match(import.meta.resolve("basic-oauth/package.json"), /package\.json$/);
  assert.match(import.meta.resolve("basic-oauth/button.css"), /button\.css$/);
  assert.match(import.meta.resolve("basic-oauth/custom-elements.json"), /custom-elements\.json$/);
});

// The runner would end the process by itself; a handle left open shows here.
after(() => {
  const resources = process.getActiveResourcesInfo().filter((name) => /Timer|TCP|Worker/.test(name));
  assert.deepEqual(resources, []);
});
