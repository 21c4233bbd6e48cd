// `basic-oauth/slim`: the same SDK, with the WebAssembly module in a file of its own. The app
// serves that file, and the browser can stream and cache it.

export * from "./index.js";

/**
 * Loads the module, `basic-oauth/basic_oauth.wasm`. Call it once, before {@link BasicAuth.start}.
 *
 * A function is called when the module is needed, as the option `preload` says. Anything else loads
 * it now.
 *
 * The app's own server should send the module as `application/wasm`.
 *
 * @throws {@link BasicAuthError} with the code `load-failed`. Then call it again with a new
 * response.
 *
 * @example
 * ```ts
 * import { BasicAuth, initialize } from "basic-oauth/slim";
 *
 * await initialize(() => fetch("/assets/basic_oauth.wasm"));
 * ```
 */
export declare function initialize(
  input:
    | ModuleSource
    | PromiseLike<ModuleSource>
    | (() => ModuleSource | PromiseLike<ModuleSource>),
): Promise<void>;

/** The module: its address, a response with it, its bytes, or a compiled module. */
export type ModuleSource = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;
