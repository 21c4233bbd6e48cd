// `npx basic-oauth check`: what the answers of a server mean, and how they are asked for. The answers are
// given here. tests/e2e/tests/check.rs asks real servers.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { corsAdvice, corsOf, isSame, preflightOf } from "../check/answer.js";
import { parse } from "../check/arguments.js";
import { revocation, token, userinfo } from "../check/calls.js";
import { discovery, endpoints } from "../check/metadata.js";
import { requester } from "../check/net.js";
import { ordered, worst } from "../check/row.js";
import { run, withQuery } from "../check/run.js";
import { signIn } from "../check/sign_in.js";
import { printable, table } from "../check/text.js";

const APP = "https://app.example";
const CALLBACK = `${APP}/callback`;
const FOREIGN = "https://foreign.invalid/callback";
const cors = { "access-control-allow-origin": APP };

const answer = (status, headers = {}, body = "") => ({ status, headers, body, isTooLarge: false });
const json = (status, value, headers = cors) =>
  answer(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
const page = (status, html) => answer(status, { "content-type": "text/html; charset=utf-8" }, html);
const redirect = (location) => answer(302, { location });
const verdicts = (rows) => Object.fromEntries(rows.map(({ id, verdict }) => [id, verdict]));
const find = (rows, id) => rows.find((row) => row.id === id);

const INVALID_GRANT = json(400, { error: "invalid_grant" });
const INVALID_CLIENT = json(401, { error: "invalid_client" });
const ALLOWED = answer(204, { ...cors, "access-control-allow-headers": "Content-Type, authorization" });
const asked = (answer, preflight = ALLOWED) => ({ answer, preflight });

test("each encoding of the token request is read, not read, or cannot be told", () => {
  const unread = json(415, { error: "invalid_request" });
  for (const [asJson, asForm, isBasic, jsonVerdict, formVerdict, says] of [
    [INVALID_GRANT, INVALID_GRANT, true, "ok", "ok", ""],
    [INVALID_GRANT, INVALID_GRANT, false, "ok", "ok", ""],
    // The SDK sends JSON to Basic, and a form to every other server.
    [unread, INVALID_GRANT, true, "fail", "ok", "The server reads forms only."],
    [unread, INVALID_GRANT, false, "skipped", "ok", ""],
    [INVALID_GRANT, unread, true, "ok", "skipped", ""],
    [INVALID_GRANT, unread, false, "ok", "fail", "tokenEncoding: \"json\""],
    // The server did not look at the code, so nothing is known about the encoding.
    [INVALID_CLIENT, INVALID_CLIENT, true, "skipped", "skipped", ""],
    [INVALID_CLIENT, INVALID_GRANT, true, "fail", "ok", "The server reads forms only."],
    [unread, unread, false, "skipped", "skipped", ""],
  ]) {
    const rows = token(asked(asJson), asked(asForm), APP, isBasic);
    const [asJsonRow, asFormRow] = [find(rows, "token-json"), find(rows, "token-form")];
    const name = JSON.stringify([asJson.body, asForm.body, isBasic]);
    assert.deepEqual([asJsonRow.verdict, asFormRow.verdict], [jsonVerdict, formVerdict], name);
    assert.ok(`${asJsonRow.advice} ${asFormRow.advice}`.includes(says), name);
  }
});

test("the row about errors looks at the encoding that the server reads", () => {
  const rows = token(asked(answer(415, cors)), asked(INVALID_GRANT), APP, true);
  assert.equal(find(rows, "token-error").verdict, "ok");
  const client = token(asked(INVALID_CLIENT), asked(INVALID_CLIENT), APP, false);
  assert.equal(find(client, "token-error").verdict, "fail");
});

test("JSON that is not needed may be refused, and a form needs no preflight", () => {
  const refused = answer(405, {});
  const other = verdicts(token(asked(INVALID_GRANT, refused), asked(INVALID_GRANT, refused), APP, false));
  assert.deepEqual([other["token-cors-json"], other["token-cors-form"]], ["skipped", "warn"]);
  const basic = verdicts(token(asked(INVALID_GRANT, refused), asked(INVALID_GRANT), APP, true));
  assert.deepEqual([basic["token-cors-json"], basic["token-cors-form"]], ["fail", "ok"]);
});

test("a CORS header is for the origin, once", () => {
  const of = (value) => corsOf(answer(200, { "access-control-allow-origin": value }), APP);
  assert.equal(of(APP), "");
  assert.equal(of("*"), "");
  assert.match(of(`${APP}/`), /^a slash at the end/);
  assert.match(of("https://other.example"), /^another/);
  assert.match(of("null"), /^another/);
  for (const doubled of [`${APP}, ${APP}`, "*, *", `${APP}, *`, `${APP}, https://other.example`]) {
    assert.match(of(doubled), /^more than one/);
    assert.match(corsAdvice(of(doubled), APP, "it"), /Let only one of them do it/);
  }
  assert.match(corsOf(answer(200), APP), /^no Access-Control-Allow-Origin$/);
});

test("a header that a server sends twice is found", async () => {
  const row = await serve(
    (_, response) => response.writeHead(401, { "access-control-allow-origin": [APP, APP] }).end(),
    async (origin) => userinfo(asked(await requester(5000)(origin)), APP),
  );
  assert.equal(row.verdict, "fail");
  assert.match(row.detail, /more than one Access-Control-Allow-Origin/);
});

test("a preflight allows the header by name, and Authorization never by a star", () => {
  const of = (headers, header, status = 204) => preflightOf(answer(status, { ...cors, ...headers }), APP, header);
  assert.equal(of({ "access-control-allow-headers": "X-Other,Authorization" }, "authorization"), "");
  assert.equal(of({ "access-control-allow-headers": "*" }, "content-type"), "");
  assert.match(of({ "access-control-allow-headers": "*" }, "authorization"), /is not allowed/);
  assert.match(of({}, "content-type"), /is not allowed/);
  assert.equal(of({}, ""), "");
  assert.equal(of({}, "", 301), "status 301");
});

const silentError = (state, error = "login_required") => redirect(`${CALLBACK}?error=${error}&state=${state}`);
const rowsOf = (ownPage, ownSilent, foreignPage, foreignSilent) => {
  const at = (answer) => ({ answer, request: "https://login.example/authorize" });
  return signIn([at(ownPage), at(ownSilent)], [at(foreignPage), at(foreignSilent)], {
    redirectUri: CALLBACK, foreignUri: FOREIGN, state: "s", issuer: "https://login.example", isAnnounced: false,
  });
};

test("an unregistered address is compared with the app's own", () => {
  const form = page(200, "<title>Sign in</title><input value=\"a1b2c3d4e5f6a7b8c9d0\">");
  const sameForm = page(200, "<title>Sign in</title><input value=\"000000000000000000000\">");
  const refused = page(400, "<title>Invalid redirect URI</title>");
  const login = redirect("/login/12345?session=abc");
  const sameLogin = redirect("/login/67890?session=def");
  for (const [name, answers, verdict] of [
    ["refused", [form, silentError("s"), refused, refused], "ok"],
    ["refused without a page only", [form, silentError("s"), sameForm, refused], "ok"],
    ["the same page", [form, form, sameForm, sameForm], "warn"],
    ["the same login", [login, login, sameLogin, sameLogin], "warn"],
    ["the same error", [refused, refused, refused, refused], "warn"],
    ["another page", [form, form, page(200, "<p>No"), page(200, "<p>No")], "ok"],
    ["a trouble", [form, silentError("s"), page(503, "<p>No"), page(503, "<p>No")], "warn"],
    ["a code to it", [login, login, redirect(`${FOREIGN}?code=1`), login], "fail"],
    ["an error to it", [login, login, login, redirect(`${FOREIGN}?error=login_required`)], "fail"],
  ]) {
    const row = find(rowsOf(...answers), "unregistered-redirect");
    assert.equal(row.verdict, verdict, name);
    assert.equal(/cannot tell/.test(row.detail), name.startsWith("the same"), name);
  }
});

test("two answers are the same but for the address that each names", () => {
  const shown = (uri) => page(200, `<p>Go to ${uri}, ${encodeURIComponent(uri)} or ${new URL(uri).host}`);
  const requests = ["https://a.example/", "https://a.example/"];
  assert.ok(isSame([shown(CALLBACK), shown(FOREIGN)], requests, [CALLBACK, FOREIGN]));
  assert.ok(!isSame([shown(CALLBACK), page(200, "<p>No")], requests, [CALLBACK, FOREIGN]));
  assert.ok(!isSame([shown(CALLBACK), { ...shown(FOREIGN), status: 400 }], requests, [CALLBACK, FOREIGN]));
  assert.ok(!isSame([{ failure: "x" }, { failure: "x" }], requests, [CALLBACK, FOREIGN]));
});

test("a sign-in page is HTML without an error in its title", () => {
  const refused = page(400, "");
  for (const [own, verdict] of [
    [page(200, "<title>Sign in</title>"), "ok"],
    [page(200, "<div id=root></div>"), "ok"],
    [redirect("/login"), "ok"],
    [page(200, "<title lang=en>Error 400</title><h1>Sign in</h1>"), "warn"],
    [page(200, "<h1 class=x>Access denied</h1>"), "warn"],
    [redirect("/error?code=3"), "warn"],
    [redirect(`${CALLBACK}?code=1`), "warn"],
    [redirect(`${CALLBACK}?error=unauthorized_client`), "fail"],
    [json(200, { ok: true }), "fail"],
    [answer(200, { "content-type": "text/plain" }, "Not found"), "fail"],
    [answer(204), "fail"],
    [refused, "fail"],
    [{ failure: "no connection" }, "fail"],
  ]) {
    const row = find(rowsOf(own, silentError("s"), refused, refused), "sign-in-page");
    assert.equal(row.verdict, verdict, JSON.stringify(own));
  }
});

test("the answer without a page has the state, an error that says why, and the issuer if it has one", () => {
  const form = page(200, "<title>Sign in</title>");
  const refused = page(400, "");
  const rows = (silent) => verdicts(rowsOf(form, silent, refused, refused));
  assert.equal(rows(silentError("s")).silent, "ok");
  assert.equal(rows(silentError("t")).silent, "fail");
  assert.equal(rows(redirect(`${CALLBACK}?error=login_required`)).silent, "fail");
  assert.equal(rows(silentError("s", "invalid_scope")).silent, "warn");
  assert.equal(rows(redirect(`${CALLBACK}?code=1&state=s`)).silent, "warn");
  assert.equal(rows(form).silent, "warn");
  assert.equal(rows(silentError("s")).iss, "warn");
  assert.equal(rows(silentError("s&iss=https%3A%2F%2Flogin.example")).iss, "ok");
  assert.equal(rows(silentError("s&iss=https%3A%2F%2Fother.example")).iss, "fail");
});

test("metadata are read where a browser can read them", () => {
  const server = "https://login.example";
  const metadata = { issuer: server, token_endpoint: "https://login.example/token" };
  const [hidden, open, absent] = [json(200, metadata, {}), json(200, metadata), answer(404)];
  const rows = (...answers) => verdicts(discovery(server, true, answers, APP).rows);
  assert.equal(rows(open, absent, absent)["discovery-cors"], "ok");
  assert.equal(rows(hidden, open, absent)["discovery-cors"], "ok");
  assert.equal(rows(hidden, absent, absent)["discovery-cors"], "fail");
  assert.equal(rows(absent, absent, open).discovery, "warn");
  const asPage = page(200, JSON.stringify(metadata));
  assert.equal(rows(asPage, absent, absent).discovery, "warn");
  assert.ok(discovery(server, true, [{ failure: "x" }, { failure: "x" }, { failure: "x" }], APP).isDown);
});

test("a public server cannot point the command to this machine", () => {
  const metadata = { authorization_endpoint: "https://login.example/a", token_endpoint: "http://127.0.0.1:22/" };
  const at = (server) => endpoints({ server, isOrigin: true, overrides: {} }, metadata);
  assert.equal(at("https://login.example").row.verdict, "fail");
  assert.equal(at("https://login.example").endpoints.token_endpoint, undefined);
  assert.equal(at("http://localhost:8081").row.verdict, "ok");
});

test("an endpoint keeps its parameters as they are", () => {
  assert.equal(withQuery("https://a.example/x", { b: "c d" }), "https://a.example/x?b=c+d");
  assert.equal(withQuery("https://a.example/x?p=a%20b", { b: "c" }), "https://a.example/x?p=a%20b&b=c");
  assert.equal(withQuery("https://a.example/x?", { b: "c" }), "https://a.example/x?b=c");
});

test("a revocation that needs a secret is told apart from a wrong address", () => {
  assert.equal(revocation(asked(answer(200, cors)), APP).verdict, "ok");
  assert.match(revocation(asked(INVALID_CLIENT), APP).advice, /for an app without a secret/);
  assert.match(revocation(asked(answer(404, cors)), APP).advice, /Check the address/);
  assert.equal(revocation(asked(answer(200)), APP).verdict, "warn");
});

test("text of a server cannot reach into the terminal", () => {
  assert.equal(printable("a\u001b]0;title\u0007b\u202ec\r\nd"), "a?]0;title?b?c?d");
  assert.equal([...printable("x".repeat(500))].length, 160);
  const metadata = { issuer: "\u001b[31mx\u009b" };
  const rows = discovery("https://login.example", true, [json(200, metadata), answer(404), answer(404)], APP).rows;
  assert.ok(!/[\u001b\u009b]/.test(table({ server: "x", checks: ordered(rows), verdict: worst(rows) })));
});

test("a request is bounded in time and size, and follows no redirect", async () => {
  const handlers = {
    "/silent": () => {},
    "/large": (_, response) => response.end("x".repeat(2 * 1024 * 1024)),
    "/redirect": (_, response) => response.writeHead(302, { location: "/large" }).end(),
    "/cut": (_, response) => response.writeHead(200, { "content-length": 10 }).write("x", () => response.destroy()),
  };
  await serve((request, response) => handlers[request.url](request, response), async (origin) => {
    const send = requester(200);
    assert.deepEqual(await send(`${origin}/silent`), { failure: "no answer in 0.2 seconds" });
    const patient = requester(60_000);
    assert.equal((await patient(`${origin}/large`)).isTooLarge, true);
    assert.equal((await patient(`${origin}/redirect`)).status, 302);
    assert.ok((await patient(`${origin}/cut`)).failure);
  });
});

test("what it sends has no secret, and each answer of a strange server is a row", async () => {
  const { options } = parse(["check", "https://login.example", "--client-id", "app", "--redirect-uri", CALLBACK]);
  const strange = [
    answer(200), json(200, { error: 1, keys: 2, issuer: [] }), json(200, null), page(200, "<title>"), answer(500),
    { failure: "no connection" }, answer(302, { location: "http://[" }), { ...answer(200), isTooLarge: true },
  ];
  for (const reply of strange) {
    const sent = [];
    const report = await run(options, async (url, { method, headers, body } = {}) => {
      sent.push(JSON.stringify({ url, method, headers, body }));
      return reply;
    });
    assert.equal(report.checks.length, 21);
    assert.ok(report.checks.every(({ title, detail }) => title && detail), JSON.stringify(reply));
    assert.ok(table(report).endsWith(": fail\n"), JSON.stringify(reply));
    assert.ok(!/cookie|client_secret|password/i.test(sent.join()));
  }
});

test("arguments are validated", () => {
  const ok = ["check", "https://login.example/", "--client-id=a", `--redirect-uri=${CALLBACK}`];
  assert.equal(parse(ok).options.server, "https://login.example/");
  assert.equal(parse(ok).options.isOrigin, true);
  for (const [more, says] of [
    [["--timeout=0"], /number of seconds/],
    [["--token-endpoint=/token"], /no absolute address/],
    [["--redirect-uri=http://app.example/"], /has to be https/],
    [["--redirect-uri=https://a:b@app.example/"], /user name/],
    [["--redirect-uri=https://app.example/#x"], /fragment/],
    [["other"], /Name one server/],
  ]) {
    assert.match(parse([...ok, ...more]).error, says);
  }
});

/** Runs a server for the time of `use`. */
async function serve(handle, use) {
  const server = createServer(handle);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
