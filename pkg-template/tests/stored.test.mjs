// Tests what is told from the stored record alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerNeedsFull, findSession, isSessionKey, mayHoldAnswer, needsFull, recordOf,
} from "../stored.js";
import { NOW, openPage } from "./page.mjs";

const OPTIONS = { clientId: "app", redirectUri: "https://app.test/callback" };
const KEY = "basic-oauth.app.https%3A%2F%2Fapi%2Ebasic%2Etech%2Fauth%2Ftoken.session";
const HOUR = 3_600_000;

/** The fields of a record, as `Session::to_record` writes them. */
const FIELDS = {
  kind: "session 4",
  issuer: "",
  tokenEndpoint: "https://api.basic.tech/auth/token",
  redirectUri: "https://app.test/callback",
  id: "id",
  accessToken: "access",
  refreshToken: "refresh",
  scope: "profile app:db:read",
  issuedAt: NOW - 60_000,
  expiresAt: NOW + HOUR,
  user: '{"sub":"did:ada","name":"Ada","tags":[{"a":1}]}',
  userReadAt: NOW,
  extras: '{"patient":"p"}',
  refreshAt: NOW + HOUR - 90_000,
  granted: "profile:read profile app:db:read app:db",
  server: "",
  subject: "",
  idToken: "",
};

/** A server that was found, as `found_server::write` writes it. */
const FOUND = "https://as.test https://as.test/a https://as.test/t https://as.test/u    iss form RS256";

const record = (changes = {}) => Object.values({ ...FIELDS, ...changes }).join("\n");

const find = (text, options = OPTIONS, page = {}) => {
  const opened = openPage({ local: text === null ? {} : { [KEY]: text }, ...page });
  try {
    return findSession(options);
  } finally {
    opened.close();
  }
};

test("a sound and fresh record is a session", () => {
  const session = find(record());
  assert.deepEqual(session, {
    id: "id",
    accessToken: "access",
    scope: "profile app:db:read",
    granted: ["profile:read", "profile", "app:db:read", "app:db"],
    expiresAt: NOW + HOUR,
    refreshAt: NOW + HOUR - 90_000,
    user: { sub: "did:ada", name: "Ada", tags: [{ a: 1 }] },
    extras: { patient: "p" },
    claims: undefined,
  });
  assert.ok(Object.isFrozen(session.user.tags[0]), "as the module freezes it");
});

test("what a session may lack is undefined", () => {
  const text = record({
    refreshToken: "", expiresAt: "", refreshAt: "", user: "", userReadAt: "", extras: "", scope: "",
    granted: "",
  });
  const { accessToken, granted, ...others } = find(text);
  assert.equal(accessToken, "access");
  assert.deepEqual(granted, []);
  assert.deepEqual(others, {
    id: "id", scope: "", expiresAt: undefined, refreshAt: undefined, user: undefined, extras: undefined,
    claims: undefined,
  });
});

/** An ID token with these claims. */
const idToken = (claims) =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

test("r76_a_session_at_a_server_that_was_found_is_read_for_its_issuer_alone", () => {
  const server = { issuer: "https://as.test" };
  const options = { ...OPTIONS, server, scope: "openid" };
  const key = "basic-oauth.app.%20https%3A%2F%2Fas%2Etest.session";
  assert.equal(recordOf(options).key, key);
  const claims = { sub: "did:ada", name: "Ada \u{1f600}\u00e9" };
  const changes = { issuer: "https://as.test", tokenEndpoint: "", server: FOUND, idToken: idToken(claims) };
  const findFound = (more = {}) => {
    const page = openPage({ local: { [key]: record({ ...changes, ...more }) } });
    try {
      return findSession(options);
    } finally {
      page.close();
    }
  };
  assert.deepEqual(findFound().claims, claims);
  assert.ok(Object.isFrozen(findFound().claims));
  for (const server of ["", "https://as.test", "javascript:alert(1) a b c d e f g h i", `${FOUND} x`]) {
    assert.equal(findFound({ server }), undefined, server);
  }
  for (const token of ["x", "a.b.c", "e30.e30.x", "e30.bnVsbA.x"]) {
    assert.equal(findFound({ idToken: token }), undefined, token);
  }
});

test("a session that handles allow may be at another server", () => {
  const text = record({ server: FOUND });
  assert.equal(find(text), undefined);
  assert.equal(find(text, { ...OPTIONS, handles: true }).id, "id");
  assert.equal(find(record(), { ...OPTIONS, handles: true }).id, "id", "or at the configured one");
});

test("only options that need OpenID Connect ask for the full module", () => {
  const at = (server) => ({ ...OPTIONS, server });
  const endpoints = { authorizationEndpoint: "https://as.test/a", tokenEndpoint: "https://as.test/t" };
  for (const lean of [
    OPTIONS, { ...OPTIONS, scope: "profile openid2" }, at("https://as.test"), at(endpoints),
    at({ ...endpoints, issuer: "https://as.test" }), at(null), { ...OPTIONS, handles: false },
  ]) {
    assert.equal(needsFull(lean), false, JSON.stringify(lean));
  }
  for (const full of [
    { ...OPTIONS, scope: "profile openid" }, at({ issuer: "https://as.test" }),
    at({ ...endpoints, jwksUri: "https://as.test/k" }), { ...OPTIONS, handles: true },
    at({ ...endpoints, endSessionEndpoint: "https://as.test/e" }),
    { ...OPTIONS, postLogoutRedirectUri: "https://app.test/bye" },
  ]) {
    assert.equal(needsFull(full), true, JSON.stringify(full));
  }
});

test("an answer asks for the module that began the sign-in", () => {
  const state = "s".repeat(43);
  const begun = (changes = {}, kind = "tx") => {
    const fields = ["transaction 3", "", "t", "r", state, "v", "", "app", "profile", "/", "", "", "", "", NOW];
    for (const [index, value] of Object.entries(changes)) fields[index] = value;
    const local = { [`basic-oauth.app.x.${kind}.${state}`]: fields.join("\n"), other: "x" };
    const page = openPage({ search: `?code=c&state=${state}`, local });
    try {
      return answerNeedsFull();
    } finally {
      page.close();
    }
  };
  assert.equal(begun(), false);
  assert.equal(begun({ 6: "nonce" }), true);
  assert.equal(begun({ 10: FOUND }), true);
  assert.equal(begun({ 0: "sign-out 1" }, "sign-out"), true);
});

test("without a record, or after the end of a session, no user is signed in", () => {
  assert.equal(find(null), null);
  assert.equal(find("ended 1\nrevoked\ninvalid-grant\n\n\n"), null);
});

test("what is not clearly fresh is left to the module", () => {
  for (const changes of [
    { refreshAt: NOW },
    { refreshAt: NOW - 1 },
    { issuedAt: NOW + 1 },
    { refreshAt: NOW + HOUR + 1 },
    { refreshAt: "" },
    { expiresAt: "" },
  ]) {
    assert.equal(find(record(changes)), undefined, JSON.stringify(changes));
  }
});

test("r26_a_damaged_record_is_left_to_the_module", () => {
  const text = record();
  const fields = text.split("\n");
  const damaged = [
    "", "null", "{}", "session 4", "session 2\n" + fields.slice(1).join("\n"), text + "\n",
    text.slice(0, text.length / 2), text.replaceAll("\n", "\r\n"), "\n".repeat(17),
    fields.toReversed().join("\n"),
    ...fields.map((_, index) => fields.toSpliced(index, 1).join("\n")),
  ];
  for (const text of damaged) assert.equal(find(text), undefined, JSON.stringify(text));
  const deep = `{"sub":"a","b":${"[".repeat(33)}${"]".repeat(33)}}`;
  for (const [name, values] of Object.entries({
    issuer: ["https://as.test"],
    tokenEndpoint: ["https://evil.test/token", ""],
    id: [""],
    accessToken: ["", "\u00e9", "a\u0000"],
    refreshToken: ["\u00e9"],
    scope: ["a,b", "a  b", " a", "a ", "a\u00e9", "a\"b"],
    issuedAt: ["", "x", "-1", "1e3", " 1", "9999999999999999", "0x10"],
    expiresAt: ["x", "-1", "1e99", "NaN"],
    user: ["null", "[]", "1", "{", "{}", '{"sub":1}', '{"sub":""}', '{"sub":"\u00e9"}', deep,
      '{"sub":"a","b":1e999}', `{"sub":"${"a".repeat(256)}"}`],
    extras: ["null", "[]", "{", '"a"', "{}", `{"a":"${"a".repeat(2048)}"}`],
    server: ["https://as.test", FOUND],
    refreshAt: ["x", "-1", "1e99"],
  })) {
    for (const value of values) {
      assert.equal(find(record({ [name]: value })), undefined, `${name}: ${value}`);
    }
  }
  const nested = `{"sub":"a","b":${"[".repeat(32)}${"]".repeat(32)}}`;
  assert.equal(find(record({ user: nested })).user.sub, "a", "the deepest that the module reads");
});

test("a member called __proto__ stays a member", () => {
  const { user } = find(record({ user: '{"sub":"a","__proto__":{"name":"evil"}}' }));
  assert.equal(user.name, undefined);
  assert.ok(Object.hasOwn(user, "__proto__"));
});

test("the key names the client and everything that the session is bound to", () => {
  const server = {
    tokenEndpoint: "https://as.test/t",
    authorizationEndpoint: "https://as.test/a",
    issuer: "https://as.test",
  };
  const key = (changes) => recordOf({ clientId: "app", ...changes }).key;
  assert.equal(key({}), KEY);
  assert.equal(key({ server: null }), KEY);
  assert.equal(key({ server: "https://api.basic.tech" }), KEY);
  assert.equal(key({ clientId: "a.b~c d" }), KEY.replace("app", "a%2Eb%7Ec%20d"));
  const own = "basic-oauth.app.https%3A%2F%2Fas%2Etest%2Ft%20https%3A%2F%2Fas%2Etest";
  assert.equal(key({ server }), `${own}.session`);
  const more = { userinfoEndpoint: "https://as.test/u", revocationEndpoint: "https://other.test/r" };
  assert.equal(
    key({ server: { ...server, ...more } }),
    `${own}%20%20https%3A%2F%2Fother%2Etest.session`,
  );
  assert.equal(
    key({ server: { tokenEndpoint: "https://as.test/t" } }),
    "basic-oauth.app.https%3A%2F%2Fas%2Etest%2Ft.session",
  );
});

test("options that the module might read in another way are left to it", () => {
  const server = { tokenEndpoint: "https://as.test/t" };
  for (const changes of [
    { clientId: undefined },
    { clientId: 1 },
    { clientId: "\ud800" },
    { server: "https://API.basic.tech" },
    { server: "https://api.basic.tech/" },
    { server: "https://api.basic.tech:443" },
    { server: "" },
    { server: 7 },
    { server: {} },
    { server: { tokenEndpoint: "https://as.test" } },
    { server: { tokenEndpoint: "/token" } },
    { server: { ...server, issuer: 1 } },
    { server: { ...server, userinfoEndpoint: "https://AS.test/u" } },
    { store: "session" },
    { store: "cookie" },
    { store: "memory" },
    { store: "disk" },
  ]) {
    assert.equal(find(null, { ...OPTIONS, ...changes }), undefined, JSON.stringify(changes));
  }
});

test("r135_options_of_a_polluted_prototype_are_not_used", () => {
  Object.prototype.issuer = "https://evil.test";
  try {
    assert.equal(find(record()).id, "id");
  } finally {
    delete Object.prototype.issuer;
  }
});

test("what another store or another page has left is for the module", () => {
  const { id } = find(record());
  assert.equal(id, "id");
  assert.equal(find(null, OPTIONS, { session: { [KEY]: record() } }), undefined);
  assert.equal(find(null, OPTIONS, { cookie: `a=b; __Host-${KEY}=a1.x` }), undefined);
  assert.equal(find(null, OPTIONS, { cookie: "a=b" }), null);
  const failed = { session: { [KEY.replace("session", "error")]: "ended 1" } };
  assert.equal(find(null, OPTIONS, failed), null, "this app gets no errors in that way");
  assert.equal(find(null, { ...OPTIONS, onReturn: "load" }, failed), undefined);
  assert.equal(find(record(), { ...OPTIONS, onReturn: "load" }, failed), undefined);
});

test("a store that is blocked, and an insecure page, are for the module", () => {
  const page = openPage();
  try {
    assert.equal(findSession(OPTIONS), null);
    globalThis.isSecureContext = false;
    assert.equal(findSession(OPTIONS), undefined);
    globalThis.isSecureContext = true;
    Object.defineProperty(globalThis, "localStorage", {
      get: () => {
        throw new DOMException("blocked", "SecurityError");
      },
      configurable: true,
    });
    assert.equal(findSession(OPTIONS), undefined);
  } finally {
    page.close();
  }
});

test("an address that may hold an answer is recognised in each of its forms", () => {
  const answers = [
    ["?code=a&state=b", ""], ["?state", ""], ["?%73tate=b", ""], ["", "#state=b&error=x"],
    ["", "#/route?state=b"], ["?a=%", ""],
  ];
  for (const [search, hash] of answers) {
    const page = openPage({ search, hash });
    assert.equal(mayHoldAnswer(), true, search + hash);
    page.close();
  }
  for (const [search, hash] of [["", ""], ["?code=a", ""], ["?statement=b", ""], ["", "#estate"]]) {
    const page = openPage({ search, hash });
    assert.equal(mayHoldAnswer(), false, search + hash);
    page.close();
  }
});

test("only a change of a session, or of everything, matters", () => {
  assert.ok(isSessionKey(null) && isSessionKey(KEY));
  for (const key of ["", "session", "theirs.session", KEY.replace("session", "tx.1")]) {
    assert.ok(!isSessionKey(key), key);
  }
});
