// A page that needs a token as soon as it can have one, and says when it had it.
import { create } from "adapter";

window.startPath = location.pathname;
const evaluated = performance.now();
const client = create(window.config);

async function run() {
  if (startPath === "/sign-in") return client.signIn("/");
  if (startPath === "/callback") await client.handleCallback();
  const token = await client.getAccessToken();
  return { token, at: performance.now(), evaluated };
}

window.outcome = run().catch((error) => ({ error: String(error?.message ?? error) }));
