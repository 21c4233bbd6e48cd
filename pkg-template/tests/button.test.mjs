// Tests what the element reports, with the least of a document and a stand-in for the client. What it
// shows is tested in browsers.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BasicAuthError } from "../errors.js";
import { settled } from "./page.mjs";

class FakeNode extends EventTarget {
  children = [];
  attributes = {};
  textContent = "";
  adoptedStyleSheets = [];
  isConnected = true;
  childElementCount = 0;

  appendChild(child) {
    this.children.push(child);
    return child;
  }

  setAttribute(name, value) {
    this.attributes[name] = String(value);
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  hasAttribute(name) {
    return name in this.attributes;
  }

  closest() {
    return null;
  }

  click() {
    if (!this.disabled) this.dispatchEvent(new Event("click"));
  }
}

const reported = [];
const internals = [];
let supportsStates = true;

class FakeStates extends Set {
  add(name) {
    // As Chrome before 125, which wants names like `--busy`.
    if (!supportsStates) throw new SyntaxError("no such state");
    return super.add(name);
  }
}

Object.assign(globalThis, {
  HTMLElement: class extends FakeNode {
    attachShadow() {
      return this.root = new FakeNode();
    }

    attachInternals() {
      internals.push({ states: new FakeStates() });
      return internals.at(-1);
    }
  },
  Document: class {
    createElementNS() {
      return new FakeNode();
    }
  },
  CSSStyleSheet: class {
    replaceSync() {}
  },
  document: {},
  BUTTON_CSS: "",
  BUTTON_TEXTS: "en|Sign in|Sign out|Please try again.",
  CustomEvent: class extends Event {
    constructor(type, { detail, ...init }) {
      super(type, init);
      this.detail = detail;
    }
  },
  addEventListener: () => {},
  removeEventListener: () => {},
  reportError: (error) => reported.push(error),
});
after(() => delete globalThis.document);

const { createSignInButton } = await import("../button-element.js");

const error = (kind, code, isRetryable = false) => new BasicAuthError({ kind, code, message: code, isRetryable });

const client = (outcome) => ({
  state: { status: "signed-out", isSignedIn: false, reason: "never" },
  ready: Promise.resolve(),
  subscribe: () => () => {},
  signIn: async () => {
    if (outcome) throw outcome;
  },
});

/** An element on a page, with the errors that it emits. */
const element = async (attributes = {}, auth = undefined, created = client()) => {
  reported.length = 0;
  const { BasicSignInElement } = createSignInButton({ create: () => created }, BasicAuthError);
  const host = new BasicSignInElement();
  Object.assign(host.attributes, attributes);
  const errors = [];
  host.addEventListener("basic-error", ({ detail }) => errors.push(detail));
  host.connectedCallback();
  if (auth) host.auth = auth;
  await settled();
  const [button, shown] = host.root.children;
  return { host, errors, shown, press: async () => { button.click(); await settled(); } };
};

test("a press of a button without options and without a client says what it needs", async () => {
  const { host, errors, shown, press } = await element();
  assert.deepEqual([reported.length, host.status], [0, "loading"]);
  await press();
  await press();
  assert.equal(errors.length, 2, "each press is answered");
  const [{ kind, code, message, isRetryable, needsSignIn }] = errors;
  assert.deepEqual([kind, code, isRetryable, needsSignIn], ["configuration", "invalid-option", false, false]);
  assert.equal(message, "<basic-sign-in> needs client-id and redirect-uri, or auth.");
  assert.ok(errors[0] instanceof BasicAuthError);
  assert.deepEqual(reported, [errors[0]], "the console has it once");
  assert.deepEqual([host.status, shown.textContent], ["error", "invalid-option"]);
});

test("a button that gets its client later forgets that it had none", async () => {
  const { host, shown, press } = await element();
  await press();
  host.auth = client();
  assert.deepEqual([host.status, shown.textContent], ["signed-out", ""]);
});

test("a button without a redirect URI says so at once", async () => {
  const { errors } = await element({ "client-id": "app" });
  assert.deepEqual(errors.map(({ code }) => code), ["invalid-option"]);
  assert.deepEqual(reported, errors);
});

test("a start that fails is reported, and a press says it again", async () => {
  const attributes = { "client-id": "app", "redirect-uri": "https://app.test/" };
  const refusal = error("configuration", "invalid-redirect-uri");
  const failed = { ...client(refusal), ready: Promise.reject(refusal) };
  const { host, errors, shown, press } = await element(attributes, undefined, failed);
  assert.deepEqual([reported, errors], [[refusal], [refusal]]);
  await press();
  assert.deepEqual([reported, errors], [[refusal], [refusal, refusal]]);
  assert.deepEqual([host.status, shown.textContent], ["error", "invalid-redirect-uri"]);
});

test("only an error that a second try may mend asks for one", async () => {
  for (const [outcome, text, isReported] of [
    [error("network", "timeout", true), "Please try again.", false],
    [error("unsupported", "load-failed", true), "Please try again.", true],
    [error("misuse", "sign-in-loop"), "Please try again.", false],
    [error("unsupported", "no-webassembly"), "no-webassembly", true],
    [error("authorization-denied", "access-denied"), "", false],
  ]) {
    const { shown, press } = await element({}, client(outcome));
    await press();
    assert.equal(shown.textContent, text, outcome.code);
    assert.deepEqual(reported, isReported ? [outcome] : [], outcome.code);
  }
});

test("the status is a custom state and no attribute", async () => {
  const { host } = await element({}, client());
  assert.deepEqual([...internals.at(-1).states], ["signed-out"]);
  assert.deepEqual(host.attributes, {});
  assert.equal(host.dataset, undefined);
});

test("a browser without custom states shows the button all the same", async () => {
  supportsStates = false;
  const { host } = await element({}, client());
  supportsStates = true;
  assert.equal(host.status, "signed-out");
  assert.deepEqual([...internals.at(-1).states], []);
});
