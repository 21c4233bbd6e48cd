// Asks a server, in four rounds. What the answers mean is in read.js.
import { createHash, randomBytes } from "node:crypto";
import * as read from "./read.js";

/** Asks the server of the options, and returns the report. `send` never rejects. */
export const run = async (options, send) => {
  const { server, clientId, redirectUri, scope, isOrigin } = options;
  const { origin } = new URL(redirectUri);
  const rows = [];

  const asked = isOrigin ? new URL(server).origin : server;
  const documents = await Promise.all(read.wellKnown(server).map((url) => send(url, { headers: { origin } })));
  let issuer = asked;
  let found = read.discovery(asked, isOrigin, documents, origin);
  // The issuer of an origin may end in a slash. The user may have written it so.
  if (isOrigin && server !== asked && found.metadata?.issuer === server) {
    issuer = server;
    found = read.discovery(server, isOrigin, documents, origin);
  }
  const { metadata } = found;
  const { endpoints, row } = read.endpoints({ ...options, server: issuer }, metadata);
  rows.push(...found.rows, row);

  const none = (id) => read.skipped(id, "there is no endpoint to ask");
  const isBasic = isOrigin && (!metadata || metadata.token_endpoint === `${asked}/auth/token`);
  const groups = await Promise.all([
    endpoints.authorization_endpoint
      ? authorization(endpoints.authorization_endpoint)
      : ["sign-in-page", "silent", "iss", "unregistered-redirect"].map(none),
    endpoints.token_endpoint
      ? token(endpoints.token_endpoint)
      : ["token-json", "token-form", "token-error", "token-cors-json", "token-cors-form"].map(none),
    endpoints.userinfo_endpoint ? userinfo(endpoints.userinfo_endpoint) : [none("userinfo")],
    endpoints.revocation_endpoint ? revocation(endpoints.revocation_endpoint) : [none("revocation")],
    endpoints.jwks_uri ? keys(endpoints.jwks_uri) : [none("keys")],
    [read.endSession(endpoints.end_session_endpoint)],
  ]);
  rows.push(...groups.flat());
  const checks = read.ordered(rows);
  return { server, clientId, redirectUri, endpoints: { ...endpoints }, verdict: read.worst(checks), checks };

  async function authorization(endpoint) {
    const state = random();
    const at = (uri, more = {}) => {
      const url = new URL(endpoint);
      const challenge = createHash("sha256").update(random()).digest("base64url");
      const params = {
        client_id: clientId, redirect_uri: uri, response_type: "code", scope, state,
        code_challenge: challenge, code_challenge_method: "S256", ...more,
      };
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      return url.href;
    };
    // `.invalid` never exists (RFC 2606), so no user can be harmed by a redirect to it.
    const foreign = "https://basic-oauth-check.invalid/callback";
    const requests = [
      at(redirectUri), at(redirectUri, { prompt: "none" }), at(foreign), at(foreign, { prompt: "none" }),
    ];
    const headers = { accept: "text/html,*/*" };
    const [page, quiet, ...others] = await Promise.all(requests.map((url) => send(url, { headers })));
    return [
      read.signInPage(page, requests[0], redirectUri),
      ...read.silent(quiet, requests[1], {
        redirectUri, state, issuer: metadata?.issuer,
        isAnnounced: metadata?.authorization_response_iss_parameter_supported === true,
      }),
      read.unregistered(others, requests.slice(2), foreign),
    ];
  }

  async function token(endpoint) {
    const body = {
      grant_type: "authorization_code", code: `basic-oauth-check-${random()}`, redirect_uri: redirectUri,
      client_id: clientId, code_verifier: random(),
    };
    const [preflight, json, form] = await Promise.all([
      send(endpoint, preflightFor("POST", "content-type")),
      post(endpoint, "application/json", JSON.stringify(body)),
      post(endpoint, FORM, new URLSearchParams(body).toString()),
    ]);
    return [
      read.tokenCors("json", preflight, json, origin),
      read.tokenCors("form", undefined, form, origin),
      ...read.tokenErrors(json, form, isBasic),
    ];
  }

  async function userinfo(endpoint) {
    const [preflight, answer] = await Promise.all([
      send(endpoint, preflightFor("GET", "authorization")),
      send(endpoint, { headers: { origin, authorization: "Bearer basic-oauth-check" } }),
    ]);
    return [read.calls("userinfo", preflight, answer, origin, "GET", "authorization")];
  }

  async function revocation(endpoint) {
    const body = new URLSearchParams({ token: `basic-oauth-check-${random()}`, client_id: clientId });
    const answer = await post(endpoint, FORM, body.toString());
    return [read.calls("revocation", undefined, answer, origin, "POST", "content-type")];
  }

  async function keys(endpoint) {
    return [read.keys(await send(endpoint, { headers: { origin } }), origin)];
  }

  function post(url, type, body) {
    const headers = { origin, "content-type": type, "content-length": Buffer.byteLength(body) };
    return send(url, { method: "POST", headers, body });
  }

  function preflightFor(method, header) {
    return {
      method: "OPTIONS",
      headers: {
        origin, "access-control-request-method": method, "access-control-request-headers": header,
      },
    };
  }
};

const FORM = "application/x-www-form-urlencoded";

const random = () => randomBytes(32).toString("base64url");
