// Reads the arguments of the command.
import { parseArgs } from "node:util";
import { isLocal, printable } from "./text.js";

export const USAGE = `Usage: basic-oauth check SERVER --client-id ID --redirect-uri URI [options]

Asks a server what a browser app needs to know, and says what to do. It signs no user in and sends no
secret.

SERVER is the origin of a Basic-compatible server, or the issuer of an OpenID provider.

Options:
  --client-id ID                 the client identifier of the app
  --redirect-uri URI             the redirect URI of the app, as it is registered
  --scope SCOPE                  the scopes to ask for (default: profile)
  --json                         print JSON
  --timeout SECONDS              how long one request may take (default: 10)
  --authorization-endpoint URL   this and the next ones replace what the metadata says
  --token-endpoint URL
  --userinfo-endpoint URL
  --revocation-endpoint URL
  --end-session-endpoint URL
  --jwks-uri URL
  --help

Exit status: 0 if all is well or there are only warnings, 1 after a failure, 2 after wrong usage.
`;

/** The options that replace an endpoint, and the names that metadata has for them. */
const ENDPOINTS = [
  "authorization-endpoint", "token-endpoint", "userinfo-endpoint", "revocation-endpoint", "end-session-endpoint",
  "jwks-uri",
];

const text = { type: "string" };

/** Returns `{ options }`, `{ help: true }` or `{ error }`. */
export const parse = (argv) => {
  let parsed;
  try {
    parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        "client-id": text, "redirect-uri": text, scope: text, timeout: text,
        json: { type: "boolean" }, help: { type: "boolean", short: "h" },
        ...Object.fromEntries(ENDPOINTS.map((name) => [name, text])),
      },
    });
  } catch (error) {
    return { error: printable(error.message) };
  }
  const { values, positionals: [command, server, ...rest] } = parsed;
  if (values.help) return { help: true };
  if (command !== "check") return { error: "The only command is check: basic-oauth check SERVER ..." };
  if (!server || rest.length) return { error: "Name one server." };
  const wrong = address(server, "SERVER");
  if (wrong) return { error: wrong };
  const { pathname, search } = new URL(server);
  if (search) return { error: "SERVER has a query. Give the origin or the issuer." };
  if (!values["client-id"]) return { error: "--client-id is missing." };
  if (!values["redirect-uri"]) return { error: "--redirect-uri is missing." };
  const overrides = { __proto__: null };
  for (const name of ["redirect-uri", ...ENDPOINTS]) {
    if (values[name] === undefined) continue;
    const wrong = address(values[name], `--${name}`);
    if (wrong) return { error: wrong };
    if (name !== "redirect-uri") overrides[name.replaceAll("-", "_")] = values[name];
  }
  const timeout = Number(values.timeout ?? 10);
  if (!(timeout > 0 && timeout <= 600)) return { error: "--timeout is a number of seconds, up to 600." };
  return {
    options: {
      // Byte for byte: an issuer is compared like that.
      server,
      isOrigin: pathname === "/",
      clientId: values["client-id"],
      redirectUri: values["redirect-uri"],
      scope: values.scope ?? "profile",
      json: values.json === true,
      timeout,
      overrides,
    },
  };
};

/** Returns what is wrong with an address; `undefined` if nothing is. */
export const address = (text, name) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:\/\//i.test(text)) return `${name} is no absolute address with https: ${printable(text)}`;
  if (url.protocol === "http:" && !isLocal(url)) return `${name} has to be https: ${printable(text)}`;
  if (url.hash || text.includes("#")) return `${name} has a fragment: ${printable(text)}`;
  if (url.username || url.password) return `${name} has a user name or a password.`;
  return undefined;
};
