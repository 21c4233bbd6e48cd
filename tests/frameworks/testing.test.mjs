// The fake for tests of apps, in plain Node: no document, no window.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BasicAuth, BasicAuthError, isBasicAuthError } from "basic-oauth";
import { createFakeAuth, fakeError } from "basic-oauth/testing";

const ADA = { sub: "did:web:ada.test", name: "Ada" };

/** The names and kinds of the public members, of an instance and of its prototype. */
const membersOf = (auth) => {
  const members = {};
  for (const object of [Object.getPrototypeOf(auth), auth]) {
    if (object === Object.prototype) continue;
    for (const name of Object.getOwnPropertyNames(object)) {
      if (name !== "constructor") members[name] = typeof auth[name] === "function" ? "function" : "value";
    }
  }
  return members;
};

test("the fake has every member of the real client, and set and calls", () => {
  const real = membersOf(BasicAuth.create({ clientId: "app", redirectUri: "https://app.test/callback" }));
  assert.ok(Object.keys(real).length > 10);
  assert.deepEqual(membersOf(createFakeAuth()), { ...real, set: "function", calls: "value" });
});

test("its states have the members of real ones, and are frozen", () => {
  const real = BasicAuth.create({ clientId: "app", redirectUri: "https://app.test/callback" }).state;
  for (const options of [{}, { status: "loading" }, { user: ADA }, { error: fakeError("timeout") }]) {
    const { state } = createFakeAuth(options);
    assert.deepEqual(Object.keys(state), Object.keys(real));
    assert.ok(Object.isFrozen(state));
    if (state.isSignedIn) assert.ok(Object.isFrozen(state.scope) && Object.isFrozen(state.user));
  }
  assert.deepEqual({ ...createFakeAuth({ status: "loading" }).state }, { ...real });
});

test("it begins in the state that its options describe", () => {
  const seen = (options) => {
    const { status, reason, user, scope, refresh } = createFakeAuth(options).state;
    return [status, reason, user, scope, refresh];
  };
  assert.deepEqual(seen(), ["signed-out", "never", undefined, undefined, undefined]);
  assert.deepEqual(seen({ reason: "expired" }), ["signed-out", "expired", undefined, undefined, undefined]);
  assert.deepEqual(seen({ user: ADA }), ["signed-in", undefined, ADA, ["profile"], "ok"]);
  assert.deepEqual(seen({ scope: "a b" }), ["signed-in", undefined, undefined, ["a", "b"], "ok"]);
  assert.deepEqual(seen({ status: "signed-out", user: ADA }), ["signed-out", "never", undefined, undefined, undefined]);
  assert.deepEqual(seen({ status: "signed-in", scope: ["a"], refresh: "failing" }), ["signed-in", undefined, undefined, ["a"], "failing"]);
});

test("a state that cannot be is refused", () => {
  assert.throws(() => createFakeAuth({ user: ADA, reason: "never" }), /signed-in has no reason/);
  assert.throws(() => createFakeAuth({ status: "away" }), /no status "away"/);
  const auth = createFakeAuth();
  assert.throws(() => auth.set({ status: "signed-out", user: ADA }), /signed-out has no user/);
  assert.throws(() => auth.set({ status: "loading", error: fakeError("timeout") }), /loading has no error/);
  assert.equal(auth.state.reason, "never");
});

test("set changes the state and calls the subscribers once, until they end", () => {
  const auth = createFakeAuth();
  const seen = [];
  const end = auth.subscribe((state) => seen.push(state));
  auth.subscribe((state) => seen.push(state.status), { immediate: true });
  assert.deepEqual(seen.splice(0), ["signed-out"]);
  auth.set({ user: ADA });
  assert.deepEqual(seen.splice(0), [auth.state, "signed-in"]);
  auth.set({ user: { ...ADA } });
  assert.deepEqual(seen, [], "nothing has changed");
  auth.set({ refresh: "failing" });
  assert.deepEqual([auth.state.user, auth.state.refresh], [ADA, "failing"]);
  end();
  auth.set({ status: "signed-out" });
  assert.deepEqual(seen.filter((it) => typeof it !== "string").length, 1);
  assert.deepEqual([auth.state.reason, auth.state.user, auth.state.scope], ["signed-out", undefined, undefined]);
});

test("ready waits for a state, and rejects if the start fails", async () => {
  const auth = createFakeAuth({ status: "loading" });
  let isReady = false;
  const waiting = auth.ready.then(() => isReady = true);
  await new Promise(setImmediate);
  assert.equal(isReady, false);
  auth.set({ reason: "never" });
  await waiting;
  const failure = fakeError("load-failed");
  await assert.rejects(createFakeAuth({ status: "loading", startError: failure }).ready, failure);
  await createFakeAuth().ready;
});

test("signing in and out changes the state, or does what the test says", async () => {
  const auth = createFakeAuth({ status: "signed-out", user: ADA, scope: "profile" });
  await auth.signIn({ returnTo: "/notes" });
  assert.deepEqual([auth.state.user, auth.state.scope, auth.did], [ADA, ["profile"], ADA.sub]);
  await auth.signIn({ scope: "app:db" });
  assert.deepEqual(auth.state.scope, ["profile", "app:db"], "what was granted stays");
  await auth.signOut();
  assert.deepEqual([auth.state.reason, auth.did], ["signed-out", undefined]);
  assert.deepEqual(auth.calls, [
    { name: "signIn", arguments: [{ returnTo: "/notes" }] },
    { name: "signIn", arguments: [{ scope: "app:db" }] },
    { name: "signOut", arguments: [] },
  ]);
  const refused = createFakeAuth({ signIn: () => { throw fakeError("framed"); }, signOut: () => {} });
  await assert.rejects(refused.signIn(), { code: "framed" });
  refused.set({ user: ADA });
  await refused.signOut();
  assert.equal(refused.state.isSignedIn, true);
});

test("tokens, users and requests need a user, as with the real client", async () => {
  const auth = createFakeAuth({ fetch: async (input) => new Response(input) });
  for (const method of ["getToken", "fetch", "user"]) {
    await assert.rejects(auth[method]("/x"), { code: "not-signed-in", kind: "sign-in-required", needsSignIn: true });
  }
  auth.set({ user: ADA });
  assert.equal(await auth.getToken(), "fake-token");
  assert.equal(await (await auth.fetch("/x")).text(), "/x");
  assert.deepEqual(await auth.user(), ADA);
  await assert.rejects(createFakeAuth({ user: ADA }).fetch("/x"), /has no answer for fetch/);
  assert.equal(await createFakeAuth({ user: ADA, token: "t" }).getToken(), "t");
  await assert.rejects(createFakeAuth({ getToken: () => { throw fakeError("timeout"); } }).getToken(), { isRetryable: true });
});

test("scopes are known while signed in, and missing ones are named", () => {
  const auth = createFakeAuth({ scope: "profile", requestedScope: "profile app:db" });
  assert.deepEqual([auth.hasScope("profile"), auth.hasScope("app:db"), auth.missingScopes()], [true, false, ["app:db"]]);
  auth.set({ scope: ["profile", "app:db"] });
  assert.deepEqual(auth.missingScopes(), []);
  auth.set({ status: "signed-out" });
  assert.deepEqual([auth.hasScope("profile"), auth.missingScopes()], [false, ["profile", "app:db"]]);
});

test("after close the methods reject and no subscriber is called", async () => {
  const auth = createFakeAuth({ user: ADA });
  auth.subscribe(() => assert.fail("called"));
  auth.close();
  auth.set({ status: "signed-out" });
  await assert.rejects(auth.getToken(), { code: "closed", kind: "misuse" });
  assert.deepEqual(auth.calls.map(({ name }) => name), ["close", "getToken"]);
});

test("a fake error is a real one", () => {
  const error = fakeError("access-denied", { message: "No", error: "access_denied" });
  assert.ok(error instanceof BasicAuthError && isBasicAuthError(error));
  assert.deepEqual(error.toJSON(), {
    name: "BasicAuthError", message: "No", kind: "authorization-denied", code: "access-denied",
    error: "access_denied", isRetryable: false, needsSignIn: false,
  });
  assert.equal(fakeError("invalid-grant").needsSignIn, true);
  assert.throws(() => fakeError("acces-denied"), /no error with the code "acces-denied"/);
});

test("every code that the types list can be faked, with its kind", () => {
  const types = readFileSync(new URL(import.meta.resolve("basic-oauth/package.json").replace("package.json", "index.d.ts")), "utf8");
  const [, body] = types.match(/export interface BasicAuthErrorCodes \{([^]*?)\n\}/);
  const members = body.replaceAll(/\/\*[^]*?\*\//g, "").split(";").slice(0, -1);
  let count = 0;
  for (const member of members) {
    const [kind, codes] = member.split(":");
    for (const [, code] of codes.matchAll(/"([^"]+)"/g)) {
      assert.equal(fakeError(code).kind, kind.trim().replaceAll('"', ""), code);
      count += 1;
    }
  }
  const table = readFileSync(new URL("../../pkg-template/testing.js", import.meta.url), "utf8");
  const [, faked] = table.match(/const CODES = \{([^]*?)\n\};/);
  const listed = [...faked.replaceAll(/"?[\w-]+"?: \[/g, "").matchAll(/"([^"]+)"/g)].length;
  assert.equal(listed, count, "and no other");
});
