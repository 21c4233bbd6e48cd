// Tests which of the two modules is loaded, and what only the full one can do, with fake clients.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createBasicAuth } from "../auth.js";
import { chooser, loader } from "../loader.js";

// The facade asks the module only on a page. This one says nothing of its address.
globalThis.document = { readyState: "complete" };
globalThis.isSecureContext = true;
globalThis.location = { href: "https://app.test/", search: "", hash: "" };

const OPTIONS = { clientId: "app", redirectUri: "https://app.test/callback" };
const SIGNED_IN = ["signed-in", "ok", undefined, "profile openid", { sub: "did:web:ada.test" }];

/** A stand-in for the client of one module; `members` are added to it. */
const clientOf = (name, members = {}) =>
  class Client {
    static name = name;

    static async start(...[, , , change]) {
      change(SIGNED_IN);
      return Object.assign(new Client(), members);
    }

    static challenge(header) {
      return header.includes("insufficient_scope")
        ? { name: "BasicAuthError", kind: "sign-in-required", code: "insufficient-scope", scope: "app:db" }
        : undefined;
    }

    calls = [];

    async signOut(options) {
      this.calls.push(options);
    }

    hasScope(scope) {
      return scope === "profile";
    }
  };

/** A facade with both modules, and the names of those that were loaded. */
const open = (members) => {
  const loads = [];
  const load = (name) =>
    loader(async () => ({
      load: async () => {
        loads.push(name);
        return clientOf(name, members);
      },
    }));
  return { loads, BasicAuth: createBasicAuth(chooser(load("lean"), load("full"))) };
};

test("a page downloads the module that its options need, and no other", async () => {
  for (const [options, name] of [
    [OPTIONS, "lean"],
    [{ ...OPTIONS, scope: "openid profile" }, "full"],
    [{ ...OPTIONS, server: { issuer: "https://as.test" } }, "full"],
    [{ ...OPTIONS, handles: true }, "full"],
  ]) {
    const { loads, BasicAuth } = open();
    await BasicAuth.start(options);
    assert.deepEqual(loads, [name]);
  }
});

test("a second client uses what is loaded if that suffices", async () => {
  const { loads, BasicAuth } = open();
  await BasicAuth.start({ ...OPTIONS, scope: "openid" });
  await BasicAuth.start(OPTIONS);
  assert.deepEqual(loads, ["full"]);
  const other = open();
  await other.BasicAuth.start(OPTIONS);
  await other.BasicAuth.start({ ...OPTIONS, scope: "openid" });
  assert.deepEqual(other.loads, ["lean", "full"]);
});

test("a full module that did not load does not keep the lean one away", async () => {
  let fails = true;
  const lean = loader(async () => ({ load: async () => clientOf("lean") }));
  const full = loader(async () => {
    if (fails) throw new TypeError("Failed to fetch");
    return { load: async () => clientOf("full") };
  });
  const choose = chooser(lean, full);
  await assert.rejects(choose(true), { code: "load-failed" });
  assert.equal((await choose(false)).name, "lean");
  fails = false;
  assert.equal((await choose(true)).name, "full");
  assert.equal((await choose(false)).name, "full");
});

test("r103_what_an_api_asks_for_is_an_error_of_the_full_module", async () => {
  const answer = (status, header) => ({
    ok: status < 400,
    status,
    headers: new Headers(header ? { "www-authenticate": header } : {}),
  });
  const asks = answer(403, 'Bearer error="insufficient_scope", scope="app:db"');
  const { loads, BasicAuth } = open({ fetch: async () => asks });
  const auth = await BasicAuth.start(OPTIONS);
  await assert.rejects(auth.fetch("/api"), (error) => {
    assert.deepEqual([error.name, error.code, error.scope], ["BasicAuthError", "insufficient-scope", "app:db"]);
    return true;
  });
  assert.deepEqual(loads, ["lean", "full"]);
  for (const plain of [answer(200), answer(401), answer(403, 'Bearer error="invalid_token"'),
    answer(200, 'Bearer error="insufficient_scope"'), answer(401, "Bearer insufficient_something")]) {
    const { BasicAuth } = open({ fetch: async () => plain });
    assert.equal(await (await BasicAuth.start(OPTIONS)).fetch("/api"), plain);
  }
});

test("claims, the DID and the missing scopes are those of the session", async () => {
  const claims = Object.freeze({ sub: "did:web:ada.test" });
  const { BasicAuth } = open({ claims });
  const auth = await BasicAuth.start({ ...OPTIONS, scope: "openid profile app:db  email" });
  assert.equal(auth.claims, claims);
  assert.equal(auth.did, "did:web:ada.test");
  assert.deepEqual(auth.missingScopes(), ["app:db", "email"], "the claims show that openid was granted");
  const lean = await open().BasicAuth.start({ ...OPTIONS, scope: "openid profile" });
  assert.deepEqual(lean.missingScopes(), ["openid"]);
});

test("the options of a sign-out reach the client", async () => {
  const calls = [];
  const { BasicAuth } = open({ calls });
  const auth = await BasicAuth.start({ ...OPTIONS, scope: "openid" });
  const { signOut } = auth;
  await signOut({ everywhere: true, returnTo: "/bye" });
  assert.deepEqual(calls, [{ everywhere: true, returnTo: "/bye" }]);
});
