// Tests the facade with a fake client, without the WebAssembly module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createBasicAuth as facade } from "../auth.js";
import { BasicAuthError, isBasicAuthError, toError } from "../errors.js";
import { loader } from "../loader.js";

// The facade asks the module only on a page. This one says nothing of its address.
globalThis.document = { readyState: "complete" };
globalThis.isSecureContext = true;

// The states as the module hands them out, and as the facade shows them.
const SIGNED_OUT = ["signed-out", "never", undefined, undefined, undefined];
const SIGNED_IN = ["signed-in", "ok", undefined, "profile app:db", { sub: "did:ada" }];
const NOTHING = { reason: undefined, scope: undefined, refresh: undefined, user: undefined, error: undefined };
const SEEN_OUT = { ...NOTHING, status: "signed-out", isSignedIn: false, reason: "never" };
const SEEN_IN = {
  ...NOTHING,
  status: "signed-in",
  isSignedIn: true,
  scope: ["profile", "app:db"],
  refresh: "ok",
  user: { sub: "did:ada" },
};
const OPTIONS = { clientId: "app", redirectUri: "https://app.test/callback" };

const record = (fields) => ({
  name: "BasicAuthError",
  kind: "network",
  code: "timeout",
  message: "The server did not answer in time.",
  isRetryable: true,
  needsSignIn: false,
  ...fields,
});

/** Makes the class with a function that loads the client. */
const createBasicAuth = (load) => facade(loader(async () => ({ load })));

/** A stand-in for the module's client; `answers` overrides its methods. */
const fakeClient = (answers = {}) => {
  const calls = [];
  class Client {
    static async start(...args) {
      calls.push(args);
      if (answers.start) throw answers.start;
      const client = Object.assign(new Client(), answers);
      client.change = args[3];
      client.change(SIGNED_OUT);
      calls.client = client;
      return client;
    }

    closed = 0;

    async getToken() {
      return "token";
    }

    hasScope(scope) {
      return scope === "profile";
    }

    close() {
      this.closed += 1;
    }
  }
  return { Client, calls };
};

const started = async (answers) => {
  const { Client, calls } = fakeClient(answers);
  const auth = await createBasicAuth(async () => Client).start(OPTIONS);
  return { auth, client: calls.client, calls };
};

test("a failed load is not remembered", async () => {
  const { Client } = fakeClient();
  let loads = 0;
  const BasicAuth = createBasicAuth(async () => {
    loads += 1;
    if (loads === 1) throw new TypeError("Failed to fetch");
    return Client;
  });
  await assert.rejects(BasicAuth.start(OPTIONS), (error) => {
    assert.ok(error instanceof BasicAuthError);
    assert.equal(error.code, "load-failed");
    assert.equal(error.kind, "unsupported");
    assert.equal(error.isRetryable, true);
    assert.match(error.message, /its file is gone/);
    assert.ok(error.cause instanceof TypeError);
    return true;
  });
  assert.deepEqual((await BasicAuth.start(OPTIONS)).state, SEEN_OUT);
  assert.equal(loads, 2);
});

test("a module that is not compiled names the policy", async () => {
  const BasicAuth = createBasicAuth(() => {
    throw Object.assign(new Error("blocked"), { name: "CompileError" });
  });
  await assert.rejects(BasicAuth.start(OPTIONS), (error) => {
    assert.deepEqual([error.code, error.isRetryable], ["load-failed", false]);
    assert.match(error.message, /script-src 'wasm-unsafe-eval'/);
    return true;
  });
});

test("a second failure without a request asks for a reload", async () => {
  const BasicAuth = createBasicAuth(() => {
    throw new TypeError("Failed to fetch");
  });
  const messages = [];
  for (const isRetryable of [true, false]) {
    await assert.rejects(BasicAuth.start(OPTIONS), (error) => {
      assert.deepEqual([error.code, error.isRetryable], ["load-failed", isRetryable]);
      messages.push(error.message);
      return true;
    });
  }
  assert.match(messages[0], /file is gone/);
  assert.match(messages[1], /page is reloaded/);
});

test("without WebAssembly the error says so and does not mention a policy", async () => {
  const load = () => WebAssembly.instantiate(new Uint8Array());
  const { WebAssembly: own } = globalThis;
  // As in the Lockdown Mode of iOS, and as in a page with an `<img name=WebAssembly>` there.
  for (const instead of [undefined, {}]) {
    globalThis.WebAssembly = instead;
    try {
      await assert.rejects(createBasicAuth(load).start(OPTIONS), (error) => {
        assert.ok(error instanceof BasicAuthError);
        assert.equal(error.code, "no-webassembly");
        assert.equal(error.kind, "unsupported");
        assert.equal(error.isRetryable, false);
        assert.equal(error.needsSignIn, false);
        assert.match(error.message, /WebAssembly/);
        assert.doesNotMatch(error.message, /policy|script-src|wasm-unsafe-eval/i);
        assert.ok(error.cause instanceof TypeError);
        return true;
      });
    } finally {
      globalThis.WebAssembly = own;
    }
  }
  await assert.rejects(createBasicAuth(load).start(OPTIONS), { code: "load-failed" });
});

test("concurrent starts share one load and get a client each", async () => {
  const { Client, calls } = fakeClient();
  let loads = 0;
  const BasicAuth = createBasicAuth(async () => {
    loads += 1;
    return Client;
  });
  const [one, two] = await Promise.all([BasicAuth.start(OPTIONS), BasicAuth.start(OPTIONS)]);
  await BasicAuth.start(OPTIONS);
  assert.equal(loads, 1);
  assert.equal(calls.length, 3);
  assert.notEqual(one, two);
});

test("the callbacks of the options reach the client", async () => {
  const { Client, calls } = fakeClient();
  const heard = [];
  const options = { ...OPTIONS, onEvent: (event) => heard.push(event), onReturn() {} };
  await createBasicAuth(() => Client).start(options);
  const [given, address, wasSignedIn, onChange, onEvent, onReturn] = calls[0];
  assert.deepEqual({ ...given }, options);
  assert.equal(address, "", "this page has no address");
  assert.equal(wasSignedIn, false);
  assert.equal(typeof onChange, "function");
  onEvent("refreshed", "", undefined);
  onEvent("refresh-scheduled", "dueAt", 7);
  assert.deepEqual(heard.map(({ at, ...event }) => event), [
    { type: "refreshed" },
    { type: "refresh-scheduled", dueAt: 7 },
  ]);
  assert.ok(heard.every(({ at }) => Number.isFinite(at)));
  assert.equal(onReturn, options.onReturn);
});

test("options that the app changes later are not used", async () => {
  const { Client, calls } = fakeClient();
  const options = { ...OPTIONS };
  const starting = createBasicAuth(() => Client).start(options);
  options.clientId = "other";
  await starting;
  assert.equal(calls[0][0].clientId, "app");
});

test("r135_callbacks_of_a_polluted_prototype_are_not_used", async () => {
  const { Client, calls } = fakeClient();
  Object.prototype.onEvent = () => {};
  try {
    await createBasicAuth(() => Client).start(OPTIONS);
  } finally {
    delete Object.prototype.onEvent;
  }
  assert.equal(calls[0][4], undefined);
});

test("r135_an_error_takes_nothing_from_a_polluted_prototype", () => {
  const cause = { kind: "network", code: "evil", message: "evil" };
  const polluted = { name: "BasicAuthError", code: "evil", errorUri: "https://evil.test", cause };
  const { name, ...members } = record({ errorUri: undefined });
  const thrown = { reason: "of the app" };
  Object.assign(Object.prototype, polluted);
  let error;
  let same;
  try {
    error = new BasicAuthError(members);
    same = toError(thrown);
  } finally {
    for (const key of Object.keys(polluted)) delete Object.prototype[key];
  }
  assert.deepEqual(error.toJSON(), record());
  assert.equal(Object.hasOwn(error, "cause"), false);
  assert.equal(same, thrown);
});

test("wrong options are left to the module", async () => {
  const refusal = record({ kind: "configuration", code: "invalid-option", isRetryable: false });
  const BasicAuth = createBasicAuth(() => fakeClient({ start: refusal }).Client);
  await assert.rejects(BasicAuth.start(), { code: "invalid-option" });
});

test("a record becomes an error with its fields and its causes", async () => {
  const { auth } = await started({
    async getToken() {
      throw record({
        kind: "sign-in-required",
        code: "session-revoked",
        message: "The server ended the session.",
        isRetryable: false,
        needsSignIn: true,
        cause: record({
          kind: "token-endpoint",
          code: "invalid-grant",
          message: "The server no longer accepts this token.",
          error: "invalid_grant",
          errorDescription: "revoked",
          errorUri: "https://as.test/help",
          status: 400,
          retryAfterSeconds: 5,
        }),
      });
    },
  });
  await assert.rejects(auth.getToken(), (error) => {
    assert.ok(error instanceof Error && error instanceof BasicAuthError);
    assert.ok(isBasicAuthError(error));
    assert.equal(error.name, "BasicAuthError");
    assert.equal(error.needsSignIn, true);
    assert.equal(String(error), "BasicAuthError: The server ended the session.");
    assert.ok(error.cause instanceof BasicAuthError);
    assert.equal(error.cause.error, "invalid_grant");
    assert.equal(error.cause.status, 400);
    assert.equal(error.cause.retryAfterSeconds, 5);
    assert.equal("status" in error, false);
    return true;
  });
});

test("an error in the state is an Error object, and the same one each time", async () => {
  const { auth, client } = await started();
  client.change(["signed-in", "failing", record({}), "", undefined]);
  assert.ok(auth.state.error instanceof BasicAuthError);
  assert.equal(auth.state.error, auth.state.error);
  assert.deepEqual([auth.state.refresh, auth.state.scope], ["failing", []]);
});

test("times are undefined if the module has none", async () => {
  const { auth, client } = await started();
  client.expiresAt = 0;
  client.refreshesAt = 5;
  assert.deepEqual([auth.expiresAt, auth.refreshesAt], [undefined, 5]);
});

test("a value that is not a record passes through unchanged", async () => {
  const abort = new DOMException("gone", "AbortError");
  const { auth } = await started({
    async fetch() {
      throw abort;
    },
  });
  await assert.rejects(auth.fetch("/"), (error) => error === abort);
});

test("r129_an_error_carries_only_the_documented_fields", () => {
  const error = new BasicAuthError(record({
    accessToken: "canary",
    request: { body: "canary" },
    cause: Object.assign(new TypeError("canary"), { url: "canary" }),
  }));
  assert.deepEqual(Object.keys(error).sort(), ["code", "isRetryable", "kind", "needsSignIn"]);
  assert.doesNotMatch(JSON.stringify(error), /canary/);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), record());
});

test("a throwing listener does not stop the others", async () => {
  const { auth, client } = await started();
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  const seen = [];
  auth.subscribe(() => {
    throw new Error("mine");
  });
  auth.subscribe((state) => seen.push(state));
  client.change(SIGNED_IN);
  delete globalThis.reportError;
  assert.deepEqual(seen, [SEEN_IN]);
  assert.deepEqual(reported, ["mine"]);
});

test("members work unbound, as useSyncExternalStore calls them", async () => {
  const { auth, client } = await started();
  const { subscribe, getToken, hasScope } = auth;
  let calls = 0;
  const unsubscribe = subscribe(() => {
    calls += 1;
  });
  client.change(SIGNED_IN);
  assert.deepEqual(auth.state, SEEN_IN);
  assert.equal(auth.state, auth.state);
  assert.ok(Object.isFrozen(auth.state) && Object.isFrozen(auth.state.scope));
  assert.equal(unsubscribe(), undefined);
  client.change(SIGNED_OUT);
  assert.equal(calls, 1);
  assert.equal(await getToken(), "token");
  assert.equal(hasScope("profile"), true);
});

test("a listener that asks for it is called at once with the current state", async () => {
  const { auth, client } = await started();
  const seen = [];
  const end = auth.subscribe((state) => seen.push(state), { immediate: true });
  assert.deepEqual(seen, [SEEN_OUT]);
  assert.equal(seen[0], auth.state);
  client.change(SIGNED_IN);
  end();
  client.change(SIGNED_OUT);
  assert.deepEqual(seen, [SEEN_OUT, SEEN_IN]);
  for (const options of [undefined, {}, { immediate: false }, { immediate: undefined }, 0]) {
    auth.subscribe(() => assert.fail("nothing has changed"), options);
  }
  Object.prototype.immediate = true;
  try {
    auth.subscribe(() => assert.fail("a polluted prototype asks for nothing"), {});
  } finally {
    delete Object.prototype.immediate;
  }
});

test("a listener that throws at once is reported, and stays subscribed", async () => {
  const { auth, client } = await started();
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  try {
    const end = auth.subscribe(({ status }) => {
      throw new Error(status);
    }, { immediate: true });
    assert.deepEqual(reported, ["signed-out"]);
    client.change(SIGNED_IN);
    end();
    client.change(SIGNED_OUT);
  } finally {
    delete globalThis.reportError;
  }
  assert.deepEqual(reported, ["signed-out", "signed-in"]);
});

test("an instance is frozen, and works on, so that Vue makes no proxy of it", async () => {
  const { auth, client } = await started();
  const created = createBasicAuth(async () => fakeClient().Client).create(OPTIONS);
  assert.ok(Object.isFrozen(auth) && Object.isFrozen(created));
  // What Vue asks before it makes a proxy, which would not reach the private members.
  assert.equal(Object.isExtensible(auth), false);
  assert.throws(() => new Proxy(auth, {}).state, TypeError);
  assert.throws(() => {
    auth.getToken = () => {};
  }, TypeError);
  let seen;
  auth.subscribe((state) => (seen = state));
  client.change(SIGNED_IN);
  assert.deepEqual([seen, auth.state], [SEEN_IN, SEEN_IN]);
  auth.close();
  assert.equal(client.closed, 1);
  await created.ready;
  assert.deepEqual(created.state, SEEN_OUT);
});

test("one function subscribed twice is two subscriptions", async () => {
  const { auth, client } = await started();
  let calls = 0;
  const listener = () => {
    calls += 1;
  };
  const first = auth.subscribe(listener);
  auth.subscribe(listener);
  first();
  first();
  client.change(SIGNED_IN);
  assert.equal(calls, 1);
});

test("a listener can unsubscribe another one before it is called", async () => {
  const { auth, client } = await started();
  let late = 0;
  let drop;
  auth.subscribe(() => drop());
  drop = auth.subscribe(() => {
    late += 1;
  });
  client.change(SIGNED_IN);
  assert.equal(late, 0);
});

test("close ends the subscriptions and the client, and the last state stays readable", async () => {
  const { auth, client } = await started();
  auth.subscribe(() => assert.fail("called after close"));
  auth.close();
  client.change(SIGNED_IN);
  assert.equal(client.closed, 1);
  assert.deepEqual(auth.state, SEEN_IN);
});

test("importing the button in Node does nothing and does not fail", async () => {
  const { BasicSignInElement, defineSignInButton } = await import("../button.js");
  assert.equal(typeof BasicSignInElement, "function");
  assert.equal(defineSignInButton(), undefined);
});

test("the address is the one at which start was called, not the one after the module has loaded", async () => {
  const { Client, calls } = fakeClient();
  const before = Object.getOwnPropertyDescriptor(globalThis, "location");
  const page = { href: "https://app.test/callback?code=a&state=b" };
  Object.defineProperty(globalThis, "location", { value: page, configurable: true });
  try {
    const BasicAuth = createBasicAuth(async () => {
      page.href = "https://app.test/not-found";
      return Client;
    });
    await BasicAuth.start(OPTIONS);
  } finally {
    if (before) Object.defineProperty(globalThis, "location", before);
    else delete globalThis.location;
  }
  assert.equal(calls[0][1], "https://app.test/callback?code=a&state=b");
});

test("the user is read again only if the own option says so", async () => {
  const asked = [];
  const { auth } = await started({ user: async (isReload) => asked.push(isReload) });
  Object.prototype.reload = true;
  try {
    await auth.user();
    await auth.user({});
  } finally {
    delete Object.prototype.reload;
  }
  await auth.user({ reload: true });
  assert.deepEqual(asked, [false, false, true]);
});

test("r135_a_state_and_an_event_have_no_member_of_a_polluted_prototype", async () => {
  const heard = [];
  const { Client, calls } = fakeClient();
  const options = { ...OPTIONS, onEvent: (event) => heard.push(event) };
  const auth = await createBasicAuth(() => Client).start(options);
  const names = ["error", "user", "scope", "refresh", "code", "reason"];
  for (const name of names) Object.prototype[name] = "planted";
  try {
    calls.client.change(["loading", "", undefined, undefined, undefined]);
    for (const name of names.filter((name) => name !== "code")) {
      assert.equal(auth.state[name], undefined, name);
    }
    calls[0][4]("refreshed", "", undefined);
    assert.equal(heard[0].code, undefined);
  } finally {
    for (const name of names) delete Object.prototype[name];
  }
});
