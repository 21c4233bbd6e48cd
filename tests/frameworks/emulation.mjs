// What the package does on the emulated page of a test runner. A test file brings the page.
import assert from "node:assert/strict";
import { test } from "node:test";
// Loaded before the page is there, so that what a framework reads is not taken for the package's.
import "react";
import "svelte/store";
import "vue";

const ENTRIES = ["", "/slim", "/button", "/slim/button", "/react", "/vue", "/svelte", "/testing"];
/** What an import must not read, because a runner may lack it. Whether there is a page may be asked. */
const UNREAD = [
  "TextDecoder", "TextEncoder", "URL", "URLSearchParams", "WebAssembly", "crypto", "fetch", "Response", "navigator",
  "localStorage", "sessionStorage", "setTimeout", "queueMicrotask", "structuredClone", "performance",
  "addEventListener", "CSSStyleSheet", "reportError", "isSecureContext",
];
const OPTIONS = { clientId: "app", redirectUri: "/callback" };
const ADA = { sub: "1", name: "Ada" };
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Makes all that the page has global, as runners do. What both have is the page's, besides the clock. */
const populate = (window) => {
  for (let object = window; object && object !== Object.prototype; object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) {
      const isOfLanguage = name in globalThis && !/^(Event|EventTarget|CustomEvent|crypto|navigator)$/.test(name);
      if (isOfLanguage || name === "constructor") continue;
      const isOfWindow = /^(add|remove)EventListener$|^dispatchEvent$/.test(name);
      const value = isOfWindow ? window[name].bind(window) : window[name];
      Object.defineProperty(globalThis, name, { __proto__: null, value, configurable: true, writable: true });
    }
  }
};

/** Runs `work`, and returns which globals the package reads. What Node reads to load a file does not count. */
const readBy = async (work) => {
  const read = new Set();
  const before = UNREAD.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, descriptor] of before) {
    const value = globalThis[name];
    Object.defineProperty(globalThis, name, {
      __proto__: null,
      configurable: true,
      get: () => {
        if (new Error().stack.includes("/node_modules/basic-oauth/")) read.add(name);
        return descriptor && value;
      },
    });
  }
  try {
    await work();
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  }
  return [...read];
};

/** Watches for rejections without a handler. Each would fail the run. */
const reportedIn = (context) => context.mock.method(Promise, "reject", () => {});

export const testEmulation = (name, window, problems) => {
  populate(window);

  test(`${name}: importing an entry reads no global that a page may lack, and adds none`, async () => {
    const before = Object.getOwnPropertyNames(globalThis);
    const read = await readBy(async () => {
      for (const entry of ENTRIES) await import(`basic-oauth${entry}`);
    });
    assert.deepEqual(read, []);
    assert.deepEqual(Object.getOwnPropertyNames(globalThis).filter((it) => !before.includes(it)), []);
    // Reads of the package are seen.
    const { BasicAuth } = await import("basic-oauth");
    const later = await readBy(() => BasicAuth.create(OPTIONS).ready.catch(() => {}));
    assert.ok(later.includes("isSecureContext"), String(later));
  });

  test(`${name}: the element shows the state of a fake, and calls it`, async () => {
    const { createFakeAuth } = await import("basic-oauth/testing");
    const auth = createFakeAuth({ user: ADA });
    document.body.innerHTML = '<basic-sign-in size="large"></basic-sign-in>';
    const element = document.querySelector("basic-sign-in");
    element.auth = auth;
    const seen = [];
    for (const type of ["basic-signed-in", "basic-signed-out"]) {
      document.addEventListener(type, ({ detail }) => seen.push([type, detail.reason ?? detail.user.name]));
    }
    assert.equal(element.status, "signed-in");
    assert.match(element.shadowRoot.textContent, /AdaSign out/);
    element.click();
    await settled();
    assert.equal(element.status, "signed-out");
    assert.match(element.shadowRoot.textContent, /Sign in with Basic/);
    element.click();
    await settled();
    assert.deepEqual(auth.calls.map((call) => call.name).filter((it) => it !== "preload"), ["signOut", "signIn"]);
    assert.deepEqual(seen, [["basic-signed-out", "signed-out"], ["basic-signed-in", "Ada"]]);
    element.remove();
    assert.deepEqual(problems, []);
  });

  test(`${name}: an element that lacks its options reports it`, async (context) => {
    const reject = reportedIn(context);
    const element = document.body.appendChild(document.createElement("basic-sign-in"));
    element.click();
    await settled();
    assert.equal(element.status, "error");
    assert.deepEqual(reject.mock.calls.map((call) => call.arguments[0].code), ["invalid-option"]);
    element.remove();
    assert.deepEqual(problems, []);
  });

  test(`${name}: a client does not start, and says that it needs a browser`, async (context) => {
    const { BasicAuth } = await import("basic-oauth");
    const refusal = { kind: "unsupported", code: "not-in-browser", message: /^Call start in a browser: / };
    await assert.rejects(BasicAuth.start(OPTIONS), refusal);
    const auth = BasicAuth.create(OPTIONS);
    await assert.rejects(auth.ready, refusal);
    for (const call of [auth.signIn, auth.signOut, auth.getToken]) await assert.rejects(call(), refusal);
    assert.equal(auth.state.status, "loading");
    auth.close();
    const reject = reportedIn(context);
    const { authStore } = await import("basic-oauth/svelte");
    const { createBasicAuth } = await import("basic-oauth/vue");
    const store = authStore(OPTIONS);
    createBasicAuth(OPTIONS);
    await settled();
    let error;
    store.subscribe(({ startError }) => error = startError)();
    assert.equal(error.code, "not-in-browser");
    assert.deepEqual(reject.mock.calls.map((call) => call.arguments[0].code), ["not-in-browser", "not-in-browser"]);
    assert.deepEqual(problems, []);
  });
};
