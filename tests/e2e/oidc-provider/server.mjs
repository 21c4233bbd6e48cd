// An OpenID provider from npm, set up for one public app. Every user is signed in and consents;
// what matters here is how the provider speaks, not who is asked.
//
// node server.mjs --redirect-uri=http://localhost:1234/callback --access-token-seconds=8
import { Console } from "node:console";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

// Standard output is for the one line that a test reads, and the provider's advice for production
// is not for us.
globalThis.console = new Console(process.stderr);
console.info = console.warn = () => {};
const { default: Provider } = await import("oidc-provider");

const { values } = parseArgs({
  options: {
    "client-id": { type: "string", default: "app" },
    "redirect-uri": { type: "string" },
    "access-token-seconds": { type: "string", default: "60" },
    "post-logout-redirect-uri": { type: "string" },
  },
});
const redirectUri = values["redirect-uri"];
const appOrigin = new URL(redirectUri).origin;

const server = createServer((request, response) => handle(request, response));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const provider = new Provider(origin, {
  clients: [{
    client_id: values["client-id"],
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [values["post-logout-redirect-uri"] ?? redirectUri],
    response_types: ["code"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  }],
  clientBasedCORS: (_context, from) => from === appOrigin,
  cookies: { keys: [randomUUID()] },
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, name: "Ada Lovelace" }) }),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  scopes: ["openid", "offline_access"],
  ttl: {
    AccessToken: Number(values["access-token-seconds"]),
    AuthorizationCode: 60,
    Grant: 3600,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 3600,
    Session: 3600,
  },
});
const answer = provider.callback();

async function handle(request, response) {
  if (!request.url.startsWith("/interaction/")) return answer(request, response);
  try {
    const details = await provider.interactionDetails(request, response);
    const result = details.prompt.name === "login"
      ? { login: { accountId: "ada" } }
      : { consent: { grantId: await grant(details) } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}

async function grant({ grantId, params, prompt, session }) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const missing = prompt.details.missingOIDCScope;
  if (missing) grant.addOIDCScope(missing.join(" "));
  return grant.save();
}

process.stdout.write(`${JSON.stringify({ origin })}\n`);
