// What the answers of a server mean. Nothing here sends or prints: an answer goes in, a row comes out.
//
// A row is `{ id, title, verdict, detail, advice }`. The verdict is "ok", "warn", "fail" or "skipped".
import { address } from "./arguments.js";
import { printable } from "./text.js";

const row = (id, title, verdict, detail, advice) => ({
  id, title, verdict, detail: printable(detail, 240), ...(advice ? { advice: printable(advice, 600) } : {}),
});

const TITLES = {
  __proto__: null,
  discovery: "Metadata",
  "discovery-cors": "Metadata: CORS",
  issuer: "Issuer",
  endpoints: "Endpoints",
  pkce: "PKCE with S256",
  "public-client": "Clients without a secret",
  refresh: "Refresh tokens",
  algorithms: "Signatures of ID tokens",
  keys: "Keys of ID tokens",
  "sign-in-page": "Sign-in page",
  silent: "Sign-in without a page",
  iss: "Issuer in the redirect (iss)",
  "unregistered-redirect": "Unregistered redirect URI",
  "token-json": "Token endpoint: JSON",
  "token-form": "Token endpoint: form",
  "token-error": "Token endpoint: errors",
  "token-cors-json": "Token endpoint: CORS, JSON",
  "token-cors-form": "Token endpoint: CORS, form",
  userinfo: "User information: CORS",
  revocation: "Revocation: CORS",
  "end-session": "Sign-out at the server",
};

const of = (id) => (verdict, detail, advice) => row(id, TITLES[id], verdict, detail, advice);

/** Returns the row of a question that was not asked. */
export const skipped = (id, why) => of(id)("skipped", why);

const own = (object, name) => Object.hasOwn(object, name) ? object[name] : undefined;

/** Returns the JSON object of a body; `undefined` if it is none. */
export const object = (answer) => {
  if (answer.failure || answer.isTooLarge) return undefined;
  try {
    const value = JSON.parse(answer.body);
    return value && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isJson = ({ headers }) => /^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "");

/** Returns what an answer is, in a few words. */
export const described = (answer) => {
  if (answer.failure) return answer.failure;
  if (answer.isTooLarge) return `status ${answer.status}, too large to read`;
  const location = answer.headers.location;
  if (answer.status >= 300 && answer.status < 400 && location) return `status ${answer.status} to ${location}`;
  const error = errorOf(answer);
  return `status ${answer.status}${error ? ` ${error}` : ""}`;
};

const errorOf = (answer) => {
  const body = object(answer);
  const error = body && own(body, "error");
  if (typeof error !== "string") return "";
  const text = own(body, "error_description") ?? own(body, "message");
  return typeof text === "string" ? `${error} (${text})` : error;
};

/** Returns the three places of metadata: of OpenID Connect, of RFC 8414, and of Basic. */
export const wellKnown = (server) => {
  const { origin, pathname } = new URL(server);
  const path = pathname.replace(/\/$/, "");
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/auth/.well-known/openid-configuration`,
  ];
};

/** Returns the metadata in the first answer that has it, and the rows about it. */
export const discovery = (server, isOrigin, answers, origin) => {
  const places = wellKnown(server);
  const found = answers.map((answer) =>
    (answer.status === 200 && isJson(answer) ? object(answer) : undefined));
  const at = found.findIndex(Boolean);
  const paths = places.filter((_, index) => found[index]).map((place) => new URL(place).pathname);
  if (at < 0) {
    const why = `not found: ${answers.map(described).join("; ")}`;
    const advice = isOrigin
      ? "Without metadata, only the plain form works: server: \"ORIGIN\" for a Basic-compatible server, or server: "
        + "{ authorizationEndpoint, tokenEndpoint, ... }. Give this command the endpoints too."
      : "Check the issuer. If the server has no metadata, give the endpoints, here and in the option server.";
    const ids = ["discovery-cors", "issuer", "pkce", "public-client", "refresh", "algorithms"];
    return {
      metadata: undefined,
      rows: [
        of("discovery")(isOrigin ? "warn" : "fail", why, advice),
        ...ids.map((id) => skipped(id, "there is no metadata")),
      ],
    };
  }
  const metadata = found[at];
  const isOfSdk = at < 2;
  const rows = [of("discovery")(
    isOfSdk ? "ok" : "warn", paths.join(", "),
    isOfSdk ? "" : "The option server: { issuer } does not ask there. Give the endpoints, or the plain origin of a "
      + "Basic-compatible server.",
  )];
  const cors = corsOf(answers[at], origin);
  rows.push(of("discovery-cors")(
    cors ? "warn" : "ok", cors || `readable from ${origin}`,
    cors && `Let the server send Access-Control-Allow-Origin: ${origin} with its metadata. Until then, server: `
      + "{ issuer } does not work in a browser: give the endpoints.",
  ));
  rows.push(issuerRow(server, metadata), ...metadataRows(metadata));
  return { metadata, rows };
};

const issuerRow = (server, metadata) => {
  const issuer = own(metadata, "issuer");
  const result = of("issuer");
  if (issuer === server) return result("ok", issuer);
  if (typeof issuer !== "string") return result("fail", "the metadata has none", "The server must name its issuer.");
  const isSlash = issuer.replace(/\/$/, "") === server.replace(/\/$/, "");
  return result(
    isSlash ? "warn" : "fail", `asked ${server}, named ${issuer}`,
    `The issuer is compared byte for byte. Write server: { issuer: "${issuer}" }`
      + (isSlash ? "." : " only if you know that this is your server; else the metadata are those of another."),
  );
};

const metadataRows = (metadata) => {
  const list = (name) => {
    const value = own(metadata, name);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
  };
  const shown = (items) => items.join(", ") || "an empty list";
  const methods = list("code_challenge_methods_supported");
  const clients = list("token_endpoint_auth_methods_supported");
  const grants = list("grant_types_supported");
  const algorithms = list("id_token_signing_alg_values_supported");
  const known = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
  return [
    methods
      ? of("pkce")(methods.includes("S256") ? "ok" : "fail", shown(methods),
        methods.includes("S256") ? "" : "The server must support S256 (RFC 7636). The SDK uses nothing else.")
      : of("pkce")("warn", "the metadata say nothing about it",
        "Ask the provider whether PKCE is checked. The SDK sends the challenge, and compares the state as well."),
    clients && !clients.includes("none")
      ? of("public-client")("warn", `listed: ${shown(clients)}`,
        "A browser app has no secret. Register it as a public client (authentication method none).")
      : of("public-client")("ok", clients ? "none is listed" : "the metadata say nothing about it"),
    grants && !grants.includes("refresh_token")
      ? of("refresh")("warn", `listed: ${shown(grants)}`,
        "Without refresh tokens, the user signs in again if an access token expires. Ask for them at the provider; "
          + "some need the scope offline_access.")
      : of("refresh")("ok", grants ? "refresh_token is listed" : "the metadata say nothing about it"),
    algorithms
      ? of("algorithms")(algorithms.some((name) => known.includes(name)) ? "ok" : "warn", shown(algorithms),
        algorithms.some((name) => known.includes(name)) ? ""
          : "With openid in the scope, choose RS256, PS256, ES256 or EdDSA for the ID tokens of this client.")
      : of("algorithms")("skipped", "no ID tokens"),
  ];
};

const NAMES = [
  "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "end_session_endpoint",
  "jwks_uri",
];

/** Returns the endpoints that may be asked, and the row about them. */
export const endpoints = ({ server, isOrigin, overrides }, metadata) => {
  const found = { __proto__: null };
  const wrong = [];
  const { protocol, origin } = new URL(server);
  const basic = { __proto__: null };
  if (!metadata && isOrigin) {
    basic.authorization_endpoint = `${origin}/auth/authorize`;
    basic.token_endpoint = `${origin}/auth/token`;
    basic.userinfo_endpoint = `${origin}/auth/userinfo`;
  }
  for (const name of NAMES) {
    const value = overrides[name] ?? (metadata ? own(metadata, name) : basic[name]);
    if (value === undefined || value === null) continue;
    // A server on the Internet must not send this command to a program on this machine.
    const isInside = typeof value === "string" && protocol === "https:" && value.startsWith("http:");
    const problem = typeof value !== "string" ? `${name} is no text`
      : isInside ? `${name} has to be https: ${value}` : address(value, name);
    if (problem) wrong.push(problem);
    else found[name] = value;
  }
  for (const name of ["authorization_endpoint", "token_endpoint"]) {
    if (!found[name] && !wrong.length) wrong.push(`${name} is missing`);
  }
  const result = of("endpoints");
  return {
    endpoints: found,
    row: wrong.length
      ? result("fail", wrong.join("; "), "Each endpoint is an absolute https address without a fragment. Without "
        + "metadata, give them to this command and in the option server.")
      : result("ok", metadata ? Object.keys(found).join(", ") : `not from metadata: ${Object.keys(found).join(", ")}`),
  };
};

/** Returns why a page of this origin cannot read an answer; "" if it can. */
export const corsOf = (answer, origin) => {
  if (answer.failure) return answer.failure;
  const allowed = answer.headers["access-control-allow-origin"];
  if (allowed === "*" || allowed === origin) return "";
  return allowed === undefined ? "no Access-Control-Allow-Origin" : `Access-Control-Allow-Origin: ${allowed}`;
};

/** Returns why a preflight does not allow a request; "" if it does. */
export const preflightOf = (answer, origin, method, header) => {
  const cors = corsOf(answer, origin);
  if (cors) return cors;
  if (answer.status < 200 || answer.status > 299) return `status ${answer.status}`;
  const has = (name, wanted, isWildcard) => (answer.headers[name] ?? "").split(",").map((part) => part.trim())
    .some((part) => part.toLowerCase() === wanted.toLowerCase() || (isWildcard && part === "*"));
  // GET, HEAD and POST need no entry. The star never stands for Authorization.
  if (!["GET", "HEAD", "POST"].includes(method) && !has("access-control-allow-methods", method, true)) {
    return `${method} is not allowed`;
  }
  if (header && !has("access-control-allow-headers", header, header !== "authorization")) {
    return `the header ${header} is not allowed`;
  }
  return "";
};

const allowOrigin = (origin, what) =>
  `Let the server answer ${what} with Access-Control-Allow-Origin: ${origin}, with an error too. Many providers have `
  + "a list of web origins for each client: add this one.";

/** Returns the row about CORS of the token endpoint for one encoding. */
export const tokenCors = (encoding, preflight, answer, origin) => {
  const result = of(`token-cors-${encoding}`);
  const refused = preflight && preflightOf(preflight, origin, "POST", encoding === "json" ? "content-type" : "");
  const unreadable = corsOf(answer, origin);
  // A form needs no preflight, so an answer to one does not matter.
  if (encoding === "json" && refused) {
    return result("warn", `preflight: ${refused}`,
      "JSON does not work from this origin. Use tokenEncoding: \"form\" if forms work, or let the server answer the "
        + `preflight with Access-Control-Allow-Origin: ${origin} and Access-Control-Allow-Headers: content-type.`);
  }
  if (unreadable) {
    return result("fail", `answer: ${unreadable}`, allowOrigin(origin, "the token endpoint"));
  }
  return result("ok", encoding === "json" ? "preflight and answer, with an error too" : "answer, with an error too");
};

/** Returns which of the shapes of an error a body has; "" if none. */
export const shapeOf = (answer) => {
  const body = object(answer);
  if (!body || typeof own(body, "error") !== "string") return "";
  const has = (name) => own(body, name) !== undefined;
  if (has("required") || has("reason")) return "error, message, required, reason";
  if (has("error_description")) return "error, error_description";
  if (has("message")) return "error, message";
  return "error";
};

const isRead = (answer) => /^(invalid_grant|invalid_client|unauthorized_client)$/.test(codeOf(answer) ?? "");

const codeOf = (answer) => {
  const body = object(answer);
  const error = body && own(body, "error");
  return typeof error === "string" ? error : undefined;
};

/** Returns the rows about the answers to a code that does not exist, sent as JSON and as a form. */
export const tokenErrors = (json, form, isBasic) => {
  const [readsJson, readsForm] = [json, form].map(isRead);
  const encodings = ["json", "form"].map((encoding) => {
    const [answer, reads, other] = encoding === "json" ? [json, readsJson, readsForm] : [form, readsForm, readsJson];
    const result = of(`token-${encoding}`);
    if (reads) return result("ok", `read: ${described(answer)}`);
    const isDefault = isBasic === (encoding === "json");
    const instead = encoding === "json" ? "form" : "json";
    return result(other ? (isDefault && isBasic ? "fail" : isDefault ? "fail" : "warn") : "fail",
      described(answer), other
        ? `Use tokenEncoding: "${instead}" in the option server, with the endpoints or the issuer.`
        : "The code that does not exist was not answered with invalid_grant. See the row about errors.");
  });
  const answer = readsJson && (isBasic || !readsForm) ? json : form;
  return [...encodings, tokenError(answer)];
};

const tokenError = (answer) => {
  const result = of("token-error");
  const code = codeOf(answer);
  const shape = shapeOf(answer);
  if (answer.failure) return result("fail", answer.failure, "The token endpoint cannot be reached.");
  if (answer.status >= 200 && answer.status < 300) {
    return result("fail", described(answer), "The server accepted a code that does not exist, or answers no OAuth. "
      + "Check the token endpoint.");
  }
  if (answer.status >= 300 && answer.status < 400) {
    return result("fail", described(answer), "A token endpoint must not redirect: give its real address.");
  }
  if (answer.status >= 500 || answer.status === 429) {
    return result("fail", described(answer), "The server has trouble, or answers an unknown code like that. The SDK "
      + "then tries again and never says that a session has ended.");
  }
  if (!shape) {
    return result("fail", `${described(answer)}, ${answer.headers["content-type"] ?? "no content type"}`,
      "The answer has no JSON with an error. Check the address of the token endpoint, and what stands before it.");
  }
  if (code === "invalid_client" || code === "unauthorized_client") {
    return result("fail", `${described(answer)}; members: ${shape}`,
      "The server does not know this client, or wants a secret. Register the app as a public client, and check "
        + "the client id.");
  }
  if (code !== "invalid_grant") {
    return result("warn", `${described(answer)}; members: ${shape}`,
      "RFC 6749 wants invalid_grant for a code that does not exist.");
  }
  return isJson(answer)
    ? result("ok", `status ${answer.status} ${code}; members: ${shape}`)
    : result("warn", `${code} as ${answer.headers["content-type"]}`, "The content type should be application/json.");
};

/** Returns whether a redirect leads to this URI, and what it says. */
export const redirectOf = (answer, request, uri) => {
  const location = answer.failure || answer.status < 300 || answer.status > 399 ? undefined : answer.headers.location;
  if (!location || !URL.canParse(location, request)) return { to: undefined, isBack: false };
  const to = new URL(location, request);
  const wanted = new URL(uri);
  const isBack = to.origin === wanted.origin && to.pathname === wanted.pathname;
  return { to, isBack, params: to.searchParams };
};

/** Returns the row about the request with the app's own redirect URI. */
export const signInPage = (answer, request, uri) => {
  const result = of("sign-in-page");
  const { to, isBack, params } = redirectOf(answer, request, uri);
  if (answer.failure) return result("fail", answer.failure, "The authorization endpoint cannot be reached.");
  if (isBack) {
    const error = params.get("error");
    if (!error) return result("warn", "redirected without a page", "The server asked no user. Check the client.");
    return result("fail", `${error} ${params.get("error_description") ?? ""}`,
      "The server refuses the request of this client: look at the error, and at the scope.");
  }
  if (to) {
    const says = /error/i.test(to.pathname + to.search);
    return says
      ? result("warn", `leads to ${to.origin}${to.pathname}`,
        "This looks like a page with an error. Open the address of the sign-in in a browser.")
      : result("ok", `leads to ${to.origin}${to.pathname}`);
  }
  if (answer.status >= 200 && answer.status < 300) return result("ok", `a page, status ${answer.status}`);
  return result("fail", described(answer),
    "The server shows an error in place of a sign-in page. Register the client id and this redirect URI, character "
      + "for character.");
};

/** Returns the rows about `prompt=none`, which no user sees, and about `iss` in its answer. */
export const silent = (answer, request, { redirectUri, state, issuer, isAnnounced }) => {
  const { isBack, params } = redirectOf(answer, request, redirectUri);
  const iss = of("iss");
  const several = "If the app uses more than one server, give each its own redirect URI.";
  if (!isBack) {
    return [
      of("silent")("warn", described(answer), "The server did not redirect back, so a sign-in without a page "
        + "(prompt=none) does not work, or the redirect URI is not registered."),
      isAnnounced ? skipped("iss", "announced, but there was no redirect")
        : iss("warn", "not announced, and there was no redirect", several),
    ];
  }
  const error = params.get("error");
  const same = params.get("state") === state;
  const rows = [
    !same ? of("silent")("fail", `the state is ${params.has("state") ? "another" : "missing"}`,
      "The server must return the state as it was sent. The SDK refuses the answer.")
      : !error ? of("silent")("warn", "a code without a user", "Check the client: it asks no user.")
        : of("silent")("ok", error),
  ];
  const named = params.get("iss");
  if (named === null) {
    rows.push(isAnnounced
      ? iss("fail", "announced, but missing", "The SDK refuses an answer without iss if the metadata announce it.")
      : iss("warn", "not announced and not sent", several));
  } else if (issuer !== undefined && named !== issuer) {
    rows.push(iss("fail", `${named} in place of ${issuer}`, "The SDK refuses an answer with another issuer."));
  } else {
    rows.push(isAnnounced ? iss("ok", "announced and sent")
      : iss("ok", "sent, but not announced"));
  }
  return rows;
};

/** Returns the row about a redirect URI that no client has. */
export const unregistered = (answers, requests, uri) => {
  const result = of("unregistered-redirect");
  const redirects = answers.map((answer, index) => redirectOf(answer, requests[index], uri));
  if (redirects.some(({ to }) => to && to.origin === new URL(uri).origin)) {
    return result("fail", "the server redirects to it",
      "This is an open redirect: an attacker can get codes of this client. Register exact redirect URIs, and let the "
        + "server compare them.");
  }
  const [page] = answers;
  if (answers.every((answer) => answer.failure)) return result("fail", page.failure, "Try again later.");
  if (page.status >= 400 && page.status < 500) return result("ok", `refused: ${described(page)}`);
  if (page.status >= 500) return result("warn", described(page), "An error page with status 400 would be right.");
  return result("ok", `no redirect to it: ${described(page)}`);
};

/** Returns the row about CORS of an endpoint that takes the access token or a form. */
export const calls = (id, preflight, answer, origin, method, header) => {
  const result = of(id);
  const refused = preflight && preflightOf(preflight, origin, method, header);
  if (refused) {
    return result("fail", `preflight: ${refused}`,
      `Let the server answer the preflight with Access-Control-Allow-Origin: ${origin} and `
        + `Access-Control-Allow-Headers: ${header}.`);
  }
  const unreadable = corsOf(answer, origin);
  if (unreadable) return result("warn", `answer: ${unreadable}`, allowOrigin(origin, `${TITLES[id]}`));
  if (answer.status === 404 || answer.status === 405 || answer.status >= 500) {
    return result("warn", described(answer), "Check the address of this endpoint.");
  }
  return result("ok", `${preflight ? "preflight and " : ""}answer: ${described(answer)}`);
};

/** Returns the row about the keys. */
export const keys = (answer, origin) => {
  const result = of("keys");
  const unreadable = corsOf(answer, origin);
  if (unreadable) {
    return result("warn", unreadable, "With openid in the scope, the browser reads the keys. "
      + allowOrigin(origin, "the key set"));
  }
  const body = answer.status === 200 ? object(answer) : undefined;
  const list = body && own(body, "keys");
  if (!Array.isArray(list)) return result("fail", described(answer), "The key set has no keys.");
  const usable = list.filter((key) => key && ["RSA", "EC", "OKP"].includes(own(key, "kty"))).length;
  return usable ? result("ok", `${usable} of ${list.length}`)
    : result("warn", "no key that a browser can use", "Publish a key for RS256, PS256, ES256 or EdDSA.");
};

/** Returns the row about the end of the session at the server. */
export const endSession = (endpoint) => endpoint
  ? of("end-session")("ok", endpoint)
  : of("end-session")("warn", "the server has none",
    "signOut({ everywhere: true }) ends the session in the app only. The next sign-in may ask the user nothing.");

/** Returns the worst verdict. */
export const worst = (rows) => ["fail", "warn"].find((verdict) => rows.some((it) => it.verdict === verdict)) ?? "ok";

/** Returns the rows in the order of the table. */
export const ordered = (rows) => {
  const order = Object.keys(TITLES);
  return rows.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
};
