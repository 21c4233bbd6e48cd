// What the metadata and the keys of a server mean. Nothing here sends or prints.
import { corsAdvice, corsOf, described, object, own, typeOf } from "./answer.js";
import { address } from "./arguments.js";
import { of, skipped } from "./row.js";

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

/** Returns the first metadata that a browser can read, or else the first there are, and the rows about them. */
export const discovery = (server, isOrigin, answers, origin) => {
  const found = answers.map((answer) =>
    (answer.status === 200 && typeOf(answer) === "application/json" ? object(answer) : undefined));
  const readable = found.findIndex((it, index) => it && index < 2 && !corsOf(answers[index], origin));
  const at = readable < 0 ? found.findIndex(Boolean) : readable;
  if (at < 0) {
    const isDown = answers.every((answer) => answer.failure);
    return { metadata: undefined, isDown, rows: withoutMetadata(answers, isOrigin, isDown) };
  }
  const metadata = found[at];
  const paths = wellKnown(server).filter((_, index) => found[index]).map((place) => new URL(place).pathname);
  const isOfSdk = at < 2;
  const cors = corsOf(answers[at], origin);
  // The plain origin of a Basic-compatible server works without metadata.
  const isNeeded = !isBasic(server, isOrigin, metadata.token_endpoint);
  return {
    metadata,
    isDown: false,
    rows: [
      of("discovery")(
        isOfSdk ? "ok" : "warn", paths.join(", "),
        isOfSdk ? "" : "The option server: { issuer } does not look there. Give the endpoints, or the plain origin of "
          + "a Basic-compatible server.",
      ),
      of("discovery-cors")(
        cors ? (isNeeded ? "fail" : "warn") : "ok", cors || `readable from ${origin}`,
        cors && `${corsAdvice(cors, origin, "the metadata")} Until then, server: { issuer } does not work in a `
          + "browser: give the endpoints.",
      ),
      issuer(server, metadata),
      ...capabilities(metadata),
    ],
  };
};

/** Returns whether an app names this server by its plain origin, which stands for Basic's endpoints. */
export const isBasic = (server, isOrigin, tokenEndpoint) =>
  isOrigin && tokenEndpoint === `${new URL(server).origin}/auth/token`;

const withoutMetadata = (answers, isOrigin, isDown) => {
  const advice = isDown
    ? "The server cannot be reached. Check the address, its certificate, and whether the server runs."
    : isOrigin
      ? "Without metadata, only the plain form works: server: \"ORIGIN\" for a Basic-compatible server, or server: "
        + "{ authorizationEndpoint, tokenEndpoint, ... }. Give this command the endpoints too."
      : "Check the issuer. If the server has no metadata, give the endpoints, here and in the option server.";
  const detail = isDown ? answers[0].failure : `not found: ${answers.map(described).join("; ")}`;
  const others = ["discovery-cors", "issuer", "pkce", "public-client", "refresh", "algorithms"];
  return [
    of("discovery")(isOrigin && !isDown ? "warn" : "fail", detail, advice),
    ...others.map((id) => skipped(id, "there is no metadata")),
  ];
};

const issuer = (server, metadata) => {
  const issuer = own(metadata, "issuer");
  const result = of("issuer");
  if (issuer === server) return result("ok", issuer);
  if (typeof issuer !== "string") return result("fail", "the metadata has none", "The server must name its issuer.");
  const detail = `asked ${server}, named ${issuer}`;
  const rule = `The issuer is compared byte for byte (RFC 8414, section 3.3). Write server: { issuer: "${issuer}" }`;
  if (issuer === `${server}/` || `${issuer}/` === server) {
    return result("fail", detail, "The two differ only in the slash at the end. "
      + `${rule}, and give this command the same.`);
  }
  return result("fail", detail, `${rule} only if you know that this is your server. Else the metadata are of another.`);
};

/** The algorithms that the SDK verifies. */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];

const capabilities = (metadata) => [
  capability("pkce", metadata, "code_challenge_methods_supported", ["S256"], {
    isRequired: true,
    missing: "The server must support S256 (RFC 7636). The SDK uses nothing else.",
    silent: "Ask the provider whether PKCE is checked. The SDK sends the challenge, and compares the state as well.",
  }),
  capability("public-client", metadata, "token_endpoint_auth_methods_supported", ["none"], {
    missing: "A browser app has no secret. Register it as a public client (authentication method none).",
    silent: "Silence means client_secret_basic (RFC 8414). A browser app has no secret: ask the provider whether it "
      + "can be registered as a public client (authentication method none).",
  }),
  capability("refresh", metadata, "grant_types_supported", ["refresh_token"], {
    missing: "Without refresh tokens, the user signs in again when an access token expires. Ask the provider for "
      + "them; some need the scope offline_access.",
    silent: "Silence means no refresh tokens (RFC 8414). Sign in once, and look whether the token answer has a "
      + "refresh_token. Some providers need the scope offline_access.",
  }),
  capability("algorithms", metadata, "id_token_signing_alg_values_supported", ALGORITHMS, {
    missing: "The SDK verifies RS256, PS256, ES256 and EdDSA. With openid in the scope, the sign-in fails.",
  }),
];

/** Returns the row about a list of the metadata, which should have one of the wanted items. */
const capability = (id, metadata, member, wanted, { missing, silent, isRequired = false }) => {
  const result = of(id);
  const list = own(metadata, member);
  if (list === undefined || list === null) {
    return silent ? result("warn", `the metadata have no ${member}`, silent)
      : result("skipped", `the metadata have no ${member}`);
  }
  if (!Array.isArray(list)) {
    return result("fail", `${member} is no list`, "The server must send a list. The SDK refuses such metadata.");
  }
  const has = list.some((item) => wanted.includes(item));
  const items = list.filter((item) => typeof item === "string").join(", ") || "an empty list";
  return result(has ? "ok" : isRequired ? "fail" : "warn", items, has ? "" : missing);
};

const ENDPOINTS = [
  "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "end_session_endpoint",
  "jwks_uri",
];

/** Returns the endpoints that may be asked, and the row about them. */
export const endpoints = ({ server, isOrigin, overrides }, metadata) => {
  const { protocol, origin } = new URL(server);
  const known = metadata ?? (isOrigin ? {
    authorization_endpoint: `${origin}/auth/authorize`, token_endpoint: `${origin}/auth/token`,
    userinfo_endpoint: `${origin}/auth/userinfo`,
  } : {});
  const found = { __proto__: null };
  const wrong = [];
  for (const name of ENDPOINTS) {
    const value = own(overrides, name) ?? own(known, name);
    if (value === undefined || value === null) {
      if (name === "authorization_endpoint" || name === "token_endpoint") wrong.push(`${name} is missing`);
      continue;
    }
    // A server on the Internet must not send this command to a program on this machine.
    const isInside = protocol === "https:" && typeof value === "string" && value.startsWith("http:");
    const problem = typeof value !== "string" ? `${name} is no text`
      : isInside ? `${name} has to be https: ${value}`
        : address(value, name) ?? fixedParameter(value, name);
    if (problem) wrong.push(problem);
    else found[name] = value;
  }
  const names = Object.keys(found).join(", ").replaceAll("_endpoint", "");
  return {
    endpoints: found,
    row: wrong.length
      ? of("endpoints")("fail", wrong.join("; "), "Each endpoint is an absolute https address, without a fragment and "
        + "without parameters that the protocol sends itself. Without metadata, give the endpoints to this command "
        + "and in the option server.")
      : of("endpoints")("ok", metadata ? names : `not from metadata: ${names}`),
  };
};

/** An endpoint may have parameters of its own, which stay, but none of these, which the SDK sends. */
const fixedParameter = (url, name) => {
  const fixed = ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "nonce"]
    .find((parameter) => new URL(url).searchParams.has(parameter));
  return fixed && `${name} already has ${fixed}: ${url}`;
};

/** Returns the row about the keys. They are needed for sign-ins with `openid` in the scope. */
export const keys = (answer, origin, isOpenId) => {
  const result = of("keys");
  const bad = isOpenId ? "fail" : "warn";
  if (answer.failure) return result(bad, answer.failure, "The key set cannot be reached.");
  const unreadable = corsOf(answer, origin);
  if (unreadable) {
    return result(bad, unreadable, "With openid in the scope, the browser reads the keys. "
      + corsAdvice(unreadable, origin, "the key set"));
  }
  const body = answer.status === 200 ? object(answer) : undefined;
  const list = body && own(body, "keys");
  if (!Array.isArray(list)) {
    return result(bad, described(answer), "The key set must be a JSON object with a list keys. With openid in the "
      + "scope, the sign-in fails without it.");
  }
  const usable = list.filter((key) => key && ["RSA", "EC", "OKP"].includes(key.kty)).length;
  return usable ? result("ok", `${usable} of ${list.length} can be used`)
    : result(bad, "no key that a browser can use", "Publish a key for RS256, PS256, ES256 or EdDSA.");
};

/** Returns the row about the end of the session at the server. */
export const endSession = (endpoint) => endpoint
  ? of("end-session")("ok", endpoint)
  : of("end-session")("warn", "the server has none",
    "signOut({ everywhere: true }) ends the session in the app only. The next sign-in may ask the user nothing.");
