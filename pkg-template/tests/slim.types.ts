// Programs against `basic-oauth/slim`.
import {
  BasicAuth,
  BasicAuthError,
  initialize,
  isBasicAuthError,
  type AuthState,
} from "basic-oauth/slim";
import type { BasicAuth as Whole } from "basic-oauth";

export async function initializes(bytes: Uint8Array<ArrayBuffer>, module: WebAssembly.Module) {
  await initialize("/basic_oauth.wasm");
  await initialize(new URL("https://app.test/basic_oauth.wasm"));
  await initialize(fetch("/basic_oauth.wasm"));
  await initialize(await fetch("/basic_oauth.wasm"));
  await initialize(() => fetch("/basic_oauth.wasm"));
  await initialize(bytes);
  await initialize(bytes.buffer);
  await initialize(module);
  await initialize(WebAssembly.compileStreaming(fetch("/basic_oauth.wasm")));
  await initialize({ lean: () => fetch("/basic_oauth.wasm"), full: fetch("/basic_oauth_full.wasm") });
  await initialize({ full: "/basic_oauth_full.wasm" });
  (await initialize(bytes)) satisfies void;
  // @ts-expect-error The slim entry needs the module as an argument.
  await initialize();

  const auth = await BasicAuth.start({ clientId: "app", redirectUri: "https://app.test/cb" });
  auth satisfies Whole;
  auth.state satisfies AuthState;
  return isBasicAuthError(auth.state.error) && auth.state.error instanceof BasicAuthError;
}
