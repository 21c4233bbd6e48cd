// Asks a server: the metadata first, then all endpoints at once. The other files say what the answers mean.
import { createHash, randomBytes } from "node:crypto";
import { none, revocation, token, userinfo } from "./calls.js";
import * as metadata from "./metadata.js";
import { ordered, worst } from "./row.js";
import { signIn } from "./sign_in.js";

/** Asks the server of the options, and returns the report. `send` never rejects. */
export const run = async (options, send) => {
  const { server, clientId, redirectUri, scope, isOrigin } = options;
  const { origin } = new URL(redirectUri);
  const fromApp = (url, more = {}) => send(url, { ...more, headers: { origin, ...more.headers } });

  const documents = await Promise.all(metadata.wellKnown(server).map((url) => fromApp(url)));
  const found = metadata.discovery(server, isOrigin, documents, origin);
  if (found.isDown && !Object.keys(options.overrides).length) return report(found.rows, {});
  const { endpoints, row } = metadata.endpoints(options, found.metadata);
  const { authorization_endpoint: authorization, token_endpoint: tokens } = endpoints;

  const groups = await Promise.all([
    authorization ? askSignIn() : none(["sign-in-page", "silent", "iss", "unregistered-redirect"]),
    tokens ? askToken()
      : none(["token-json", "token-form", "token-error", "token-cors-json", "token-cors-form"]),
    endpoints.userinfo_endpoint ? askUserinfo() : none(["userinfo"]),
    endpoints.revocation_endpoint ? askRevocation() : none(["revocation"]),
    endpoints.jwks_uri ? askKeys() : none(["keys"]),
  ]);
  return report([...found.rows, row, ...groups.flat(), metadata.endSession(endpoints.end_session_endpoint)], endpoints);

  function report(rows, endpoints) {
    const checks = ordered(rows);
    return { server, clientId, redirectUri, endpoints: { ...endpoints }, verdict: worst(checks), checks };
  }

  async function askSignIn() {
    const state = random();
    const ask = async (uri, more) => {
      const request = withQuery(authorization, {
        client_id: clientId, redirect_uri: uri, response_type: "code", scope, state,
        code_challenge: createHash("sha256").update(random()).digest("base64url"), code_challenge_method: "S256",
        ...more,
      });
      // As a navigation: without an origin.
      return { request, answer: await send(request, { headers: { accept: "text/html,*/*" } }) };
    };
    const [page, silent, foreignPage, foreignSilent] = await Promise.all([
      ask(redirectUri), ask(redirectUri, { prompt: "none" }), ask(FOREIGN), ask(FOREIGN, { prompt: "none" }),
    ]);
    return signIn([page, silent], [foreignPage, foreignSilent], {
      redirectUri, foreignUri: FOREIGN, state, issuer: found.metadata?.issuer,
      isAnnounced: found.metadata?.authorization_response_iss_parameter_supported === true,
    });
  }

  async function askToken() {
    const body = {
      grant_type: "authorization_code", code: `basic-oauth-check-${random()}`, redirect_uri: redirectUri,
      client_id: clientId, code_verifier: random(),
    };
    const [json, form] = await Promise.all([
      post(tokens, "application/json", JSON.stringify(body), "content-type"),
      post(tokens, FORM, new URLSearchParams(body).toString()),
    ]);
    return token(json, form, origin, metadata.isBasic(server, isOrigin, tokens));
  }

  async function askUserinfo() {
    const url = endpoints.userinfo_endpoint;
    const [preflight, answer] = await Promise.all([
      preflightOf(url, "GET", "authorization"),
      fromApp(url, { headers: { authorization: "Bearer basic-oauth-check" } }),
    ]);
    return userinfo({ preflight, answer }, origin);
  }

  async function askRevocation() {
    const body = new URLSearchParams({ token: `basic-oauth-check-${random()}`, client_id: clientId });
    return revocation(await post(endpoints.revocation_endpoint, FORM, body.toString()), origin);
  }

  async function askKeys() {
    return metadata.keys(await fromApp(endpoints.jwks_uri), origin, scope.split(" ").includes("openid"));
  }

  async function post(url, type, body, header) {
    const headers = { "content-type": type, "content-length": Buffer.byteLength(body) };
    const [preflight, answer] = await Promise.all([
      preflightOf(url, "POST", header), fromApp(url, { method: "POST", headers, body }),
    ]);
    return { preflight, answer };
  }

  function preflightOf(url, method, header) {
    const headers = { "access-control-request-method": method };
    if (header) headers["access-control-request-headers"] = header;
    return fromApp(url, { method: "OPTIONS", headers });
  }
};

/** `.invalid` never exists (RFC 2606), so a redirect to it harms no user. */
const FOREIGN = "https://basic-oauth-check.invalid/callback";

const FORM = "application/x-www-form-urlencoded";

/** Returns an endpoint with more parameters. Those that it has stay as they are (RFC 6749, section 3.1). */
export const withQuery = (endpoint, params) => {
  const separator = /[?&]$/.test(endpoint) ? "" : endpoint.includes("?") ? "&" : "?";
  return `${endpoint}${separator}${new URLSearchParams(params)}`;
};

const random = () => randomBytes(32).toString("base64url");
