// The rows of the report: `{ id, title, verdict, detail, advice }`.
//
// The verdict is "ok", "warn" (an app works, with a limit that the advice names), "fail" (an app does not
// work, or is not safe) or "skipped" (not asked, or of no matter here).
import { printable } from "./text.js";

/** Every row, in the order of the table. */
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

/** Returns the function that makes the row of this id. */
export const of = (id) => (verdict, detail, advice) => ({
  id, title: TITLES[id], verdict, detail: printable(detail, 240),
  ...(advice ? { advice: printable(advice, 600) } : {}),
});

/** Returns the row of a question that was not asked, or that does not matter. */
export const skipped = (id, why) => of(id)("skipped", why);

/** Returns the rows in the order of the table. One that is missing was not asked. */
export const ordered = (rows) =>
  Object.keys(TITLES).map((id) => rows.find((it) => it.id === id) ?? skipped(id, "not asked"));

/** Returns the worst verdict. */
export const worst = (rows) => ["fail", "warn"].find((verdict) => rows.some((it) => it.verdict === verdict)) ?? "ok";
