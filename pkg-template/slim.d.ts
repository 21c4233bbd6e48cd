// `basic-oauth/slim`: the same SDK without the WebAssembly module in it. The app brings the module,
// which the browser can then stream and cache on its own.

export * from "./index.js";

/**
 * Loads the module, `basic-oauth/basic_oauth.wasm`; once, before {@link BasicAuth.start}.
 *
 * Its server should send it as `application/wasm`, from the app's own origin.
 *
 * @throws {@link BasicAuthError} with the code `load-failed`; call again with a new response then.
 *
 * @example
 * ```ts
 * import { BasicAuth, initialize } from "basic-oauth/slim";
 *
 * await initialize(fetch("/assets/basic_oauth.wasm"));
 * ```
 */
export declare function initialize(
  input: ModuleSource | PromiseLike<ModuleSource>,
): Promise<void>;

/** The module: where it is, a response that brings it, its bytes, or itself already compiled. */
export type ModuleSource = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;
