// Reads the record of the session before the module is there. It only reads, and holds no rule of
// the protocol: the module writes into the record until when the access token needs no refresh, and
// which scopes are granted. docs/architecture.md has the layout.
//
// A record that is not exactly as the module writes it is left to the module. So are options that
// it might read in another way.

/** What `basic_at` in `src/protocol/server.rs` makes of a server that is named by its origin. */
const BASIC_ORIGIN = "https://api.basic.tech";
const TOKEN_PATH = "/auth/token";

/** The deepest JSON that the module reads, and its longest text of extras. */
const MAX_DEPTH = 32;
const MAX_EXTRAS = 2048;

/** Copies own members only: a polluted prototype must not add one. */
export const own = (object) => ({ __proto__: null, ...object });

/** Returns whether the address may hold an answer of the server. */
export const mayHoldAnswer = () => {
  try {
    return /\bstate\b/.test(decodeURIComponent(location.search + location.hash));
  } catch {
    // An escape that is not UTF-8.
    return true;
  }
};

/**
 * Returns the session that these options find, `null` if no user is signed in, and `undefined` if
 * only the module can tell.
 */
export const findSession = (options) => {
  try {
    if (!isSecureContext || (options.store ?? "local") !== "local") return undefined;
    const { key, ...binding } = recordOf(options);
    if (options.onReturn === "load" && sessionStorage.getItem(key.replace(/session$/, "error"))) {
      // The error of a sign-in that failed on the page before.
      return undefined;
    }
    const record = localStorage.getItem(key);
    if (record !== null && !record.startsWith("ended 1\n")) {
      const isFound = options.handles || !binding.tokenEndpoint;
      return read(record, { ...binding, isFound, isFull: needsFull(options) });
    }
    // The app may have used another store before: the module takes a session over from there.
    const isElsewhere = sessionStorage.getItem(key) ?? document.cookie.includes(key);
    return isElsewhere ? undefined : null;
  } catch {
    return undefined;
  }
};

/**
 * Returns whether these options need the module with OpenID Connect: an ID token, a server that has
 * to be found, a handle, or a sign-out at the provider.
 */
export const needsFull = (options) => {
  const server = own(options.server);
  const isFound = server.issuer && !server.tokenEndpoint && !server.authorizationEndpoint;
  return Boolean(
    requestedScopes(options).includes("openid") || options.handles || isFound || server.jwksUri ||
      server.endSessionEndpoint || options.postLogoutRedirectUri,
  );
};

/** Returns whether the answer in the address belongs to a sign-in or sign-out of the full module. */
export const answerNeedsFull = () => {
  try {
    const state = new URLSearchParams(location.search).get("state");
    const key = Object.keys(localStorage).find((name) =>
      name.startsWith("basic-oauth.") && name.endsWith(`.${state}`));
    const fields = key ? localStorage.getItem(key).split("\n") : [];
    // A nonce, or a server that was found.
    return fields[0] === "sign-out 1" || Boolean(fields[6] || fields[10]);
  } catch {
    return false;
  }
};

/** Returns the names of the configured scope. */
export const requestedScopes = ({ scope }) => String(scope ?? "profile").split(" ").filter(Boolean);

/** Returns whether a change of this key in another tab may concern a session. `null`: all keys. */
export const isSessionKey = (key) => key === null || /^basic-oauth\..+\.session$/.test(key);

/** Returns the key of the record, and what the record must be bound to. */
export const recordOf = ({ clientId, server }) => {
  const named = endpoints(server);
  const { tokenEndpoint = "", userinfoEndpoint, revocationEndpoint } = named;
  const issuer = named.issuer ?? "";
  const { origin } = tokenEndpoint ? parsed(tokenEndpoint) : new URL(issuer);
  const other = (endpoint) => {
    const its = endpoint == null ? origin : parsed(endpoint).origin;
    return its === origin ? "" : its;
  };
  const binding = [tokenEndpoint, text(issuer), other(userinfoEndpoint), other(revocationEndpoint)];
  const parts = [text(clientId), binding.join(" ").trimEnd()].map(escaped);
  return { key: `basic-oauth.${parts.join(".")}.session`, tokenEndpoint, issuer };
};

const endpoints = (server) => {
  if (typeof server === "object" && server) return own(server);
  const origin = server ?? BASIC_ORIGIN;
  if (parsed(`${origin}/`).origin !== origin) throw new Error("not an origin");
  return { __proto__: null, tokenEndpoint: origin + TOKEN_PATH };
};

/** Parses a URL that is already written as the parser writes it. */
const parsed = (text) => {
  const url = new URL(text);
  if (url.href !== text) throw new Error("not in the usual form");
  return url;
};

const text = (value) => {
  if (typeof value !== "string") throw new Error("not a text");
  return value;
};

const escaped = (part) =>
  encodeURIComponent(part).replaceAll(".", "%2E").replaceAll("~", "%7E");

const read = (record, binding) => {
  const fields = record.split("\n");
  const [
    kind, issuer, tokenEndpoint, , id, accessToken, refreshToken, scope, issuedAt, expiresAt, user, ,
    extras, refreshAt, granted, server, , idToken,
  ] = fields;
  const now = Date.now();
  const isSound = fields.length === 18 &&
    kind === "session 4" &&
    issuer === binding.issuer &&
    tokenEndpoint === binding.tokenEndpoint &&
    id !== "" &&
    isToken(accessToken) &&
    (refreshToken === "" || isToken(refreshToken)) &&
    isScope(scope) &&
    isTime(issuedAt) &&
    now >= issuedAt &&
    extras.length <= MAX_EXTRAS &&
    (server ? binding.isFound && isServer(server) : tokenEndpoint !== "") &&
    (expiresAt === "" ? refreshAt === "" : isFresh(now, refreshAt, expiresAt));
  if (!isSound) return undefined;
  const known = object(user);
  if (known && !(typeof known.sub === "string" && /^[ -~]{1,255}$/.test(known.sub))) return undefined;
  return {
    id,
    accessToken,
    scope,
    granted: granted.split(" ").filter(Boolean),
    expiresAt: Number(expiresAt) || undefined,
    refreshAt: Number(refreshAt) || undefined,
    user: known,
    extras: object(extras),
    claims: binding.isFull && idToken ? claimsOf(idToken) : undefined,
  };
};

/** A server that was found: its issuer and the parts that the module wrote after it. */
const isServer = (text) => /^https?:\S+( \S*){9}$/.test(text);

/** Returns the claims of an ID token that the module has validated. */
const claimsOf = (idToken) => {
  const payload = atob(idToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(payload, (character) => character.charCodeAt(0));
  return object(new TextDecoder("utf-8", { __proto__: null, fatal: true }).decode(bytes));
};

const isToken = (text) => /^[ -~]+$/.test(text);

const isTime = (text) => /^\d{1,15}$/.test(text);

const isFresh = (now, refreshAt, expiresAt) =>
  isTime(refreshAt) && isTime(expiresAt) && now < refreshAt && Number(refreshAt) <= expiresAt;

/** Commas separate the names if there is no space: the module splits them. */
const isScope = (scope) =>
  scope === "" || /^[!#-[\]-~]+( [!#-[\]-~]+)+$|^[!#-+\--[\]-~]+$/.test(scope);

/** Returns the frozen object that a text holds, or `undefined` if the text is empty. */
const object = (text) => {
  if (text === "") return undefined;
  const value = JSON.parse(text);
  const isObject = typeof value === "object" && value && !Array.isArray(value);
  if (!isObject || Object.keys(value).length === 0) throw new Error("not an object with members");
  return frozen(value, 0);
};

const frozen = (value, depth) => {
  if (depth > MAX_DEPTH || value === Infinity || value === -Infinity) {
    throw new Error("not for the module");
  }
  if (typeof value !== "object" || !value) return value;
  for (const member of Object.values(value)) frozen(member, depth + 1);
  return Object.freeze(value);
};
