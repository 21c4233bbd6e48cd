// The store, with Svelte's own functions and a component that its compiler makes for a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "svelte/compiler";
import { derived, get } from "svelte/store";
import { authStore } from "basic-oauth/svelte";
import { createFakeAuth, fakeError } from "basic-oauth/testing";

const ADA = { sub: "1", name: "Ada" };
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test("the store has the state at once, and follows it", () => {
  const auth = createFakeAuth({ status: "loading", requestedScope: "profile app:db" });
  const store = authStore(auth);
  const seen = [];
  const end = store.subscribe(({ status, isReady, user }) => seen.push([status, isReady, user?.name]));
  assert.deepEqual(seen, [["loading", false, undefined]]);
  auth.set({ user: ADA });
  auth.set({ user: { ...ADA } });
  assert.deepEqual(seen.slice(1), [["signed-in", true, "Ada"]]);
  end();
  auth.set({ status: "signed-out" });
  assert.equal(seen.length, 2);
  const value = get(store);
  for (const name of Object.keys(auth.state)) assert.equal(value[name], auth.state[name], name);
  assert.deepEqual([value.auth, value.missingScopes(), Object.isFrozen(value)], [auth, ["profile", "app:db"], true]);
});

test("a derived store follows it, and subscribers may end while they are called", () => {
  const auth = createFakeAuth({ scope: "profile" });
  const store = authStore(auth);
  const seen = [];
  const end = derived(store, ({ hasScope }) => hasScope("app:db")).subscribe((has) => seen.push(has));
  let stop = () => {};
  stop = store.subscribe(({ reason }) => reason && stop());
  auth.set({ scope: "profile app:db" });
  auth.set({ status: "signed-out" });
  assert.deepEqual(seen, [false, true, false]);
  end();
});

test("the functions are those of the client, in the store and in its value", async () => {
  const auth = createFakeAuth({ fetch: () => new Response("ok") });
  const store = authStore(auth);
  await store.signIn();
  await get(store).fetch("/notes");
  assert.equal(await store.getToken(), "fake-token");
  await get(store).signOut();
  assert.deepEqual(auth.calls.map(({ name }) => name), ["signIn", "fetch", "getToken", "signOut"]);
});

test("close ends the subscriptions, and closes only its own client", async () => {
  const auth = createFakeAuth();
  const store = authStore(auth);
  let calls = 0;
  store.subscribe(() => calls += 1);
  store.close();
  auth.set({ user: ADA });
  assert.deepEqual([calls, auth.calls], [1, []]);
  const own = authStore({ clientId: "app", redirectUri: "/callback" });
  own.close();
  await assert.rejects(own.getToken(), { code: "closed" });
});

test("a start that fails is in the value, until the next state", async () => {
  const failure = fakeError("load-failed");
  const auth = createFakeAuth({ status: "loading", startError: failure });
  const store = authStore(auth);
  await settled();
  assert.equal(get(store).startError, failure);
  auth.set({ user: ADA });
  assert.equal(get(store).startError, undefined);
});

test("requireAuth lets a signed-in user through, and asks any other once", async () => {
  const allowed = createFakeAuth({ user: ADA });
  assert.equal(await authStore(allowed).requireAuth(), true);
  const auth = createFakeAuth({ signIn: () => {} });
  assert.equal(await authStore(auth).requireAuth({ returnTo: "/private?x=1" }), false);
  assert.deepEqual(auth.calls.map((call) => ({ ...call.arguments[0] })), [{ returnTo: "/private?x=1", scope: undefined }]);
  const declined = createFakeAuth({ error: fakeError("access-denied") });
  assert.equal(await authStore(declined).requireAuth(), false);
  assert.deepEqual([allowed.calls, declined.calls], [[], []]);
  const signsIn = createFakeAuth();
  assert.equal(await authStore(signsIn).requireAuth(), true, "another tab signed in meanwhile");
});

test("requireAuth never rejects", async () => {
  const failure = fakeError("framed");
  const store = authStore(createFakeAuth({ signIn: () => { throw failure; } }));
  assert.equal(await store.requireAuth(), false);
  assert.equal(get(store).startError, failure);
});

test("a server renders the state loading", async () => {
  const source = `<script>import { auth } from "./auth.js";</script>
    {#if !$auth.isReady}<p>loading</p>{:else if $auth.isSignedIn}<p>{$auth.user.name}</p>{/if}`;
  const { js, warnings } = compile(source, { generate: "server", runes: true });
  assert.deepEqual(warnings, []);
  // The module of the store is put in the place of the import.
  globalThis.authOfTest = authStore({ clientId: "app", redirectUri: "/callback" });
  const code = js.code
    .replace(/import \{ auth \} from .*;/, "const auth = globalThis.authOfTest;")
    .replaceAll(/from ['"](svelte[^'"]*)['"]/g, (_, name) => `from ${JSON.stringify(import.meta.resolve(name))}`);
  const { default: Page } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const { render } = await import("svelte/server");
  assert.match((await render(Page)).body, /<p>loading<\/p>/);
  assert.equal(await globalThis.authOfTest.requireAuth(), false, "and a load function does not wait for ever");
  globalThis.authOfTest = authStore(createFakeAuth({ user: ADA }));
  const { default: Again } = await import(`data:text/javascript,${encodeURIComponent(`${code}\n//`)}`);
  assert.match((await render(Again)).body, /<p>Ada<\/p>/);
  delete globalThis.authOfTest;
});
