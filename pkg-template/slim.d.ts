// `basic-oauth/slim`: the same SDK, with the WebAssembly modules in files of their own. The app
// serves those files, and the browser can stream and cache them.

export * from "./index.js";

/**
 * Names the modules. Call it once, before {@link BasicAuth.start}. `basic-oauth/basic_oauth.wasm` is
 * the lean one; `basic-oauth/basic_oauth_full.wasm` has OpenID Connect as well: ID tokens, servers
 * that are found by their issuer, handles, and sign-out at the server. A page downloads the one that
 * its options need. An input that is not named is the lean module.
 *
 * A function is called when the module is needed, as the option `preload` says. Anything else loads
 * it now.
 *
 * The app's own server should send the modules as `application/wasm`.
 *
 * @throws {@link BasicAuthError} with the code `load-failed`. Then call it again with a new
 * response.
 *
 * @example
 * ```ts
 * import { BasicAuth, initialize } from "basic-oauth/slim";
 *
 * await initialize({
 *   lean: () => fetch("/assets/basic_oauth.wasm"),
 *   full: () => fetch("/assets/basic_oauth_full.wasm"),
 * });
 * ```
 */
export declare function initialize(input: ModuleInput | NamedModules): Promise<void>;

/** The two modules by name. An app whose options need only one names only that one. */
export interface NamedModules {
  readonly lean?: ModuleInput | undefined;
  readonly full?: ModuleInput | undefined;
}

/** A module, now or when it is needed. */
export type ModuleInput =
  | ModuleSource
  | PromiseLike<ModuleSource>
  | (() => ModuleSource | PromiseLike<ModuleSource>);

/** The module: its address, a response with it, its bytes, or a compiled module. */
export type ModuleSource = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;
