// `basic-oauth/button` and `basic-oauth/slim/button`: importing one defines the element
// `<basic-sign-in>`. On a server it does nothing. The second one is for pages that use
// `basic-oauth/slim`, and leaves the default entry out.

import type {
  BasicAuth,
  BasicAuthError,
  BasicAuthOptions,
  ServerOptions,
  SessionStore,
  SignedOutReason,
  User,
} from "./index.js";

/**
 * The element `<basic-sign-in>`: a button that signs in with Basic, and then shows who is signed in
 * and signs out.
 *
 * It works from its attributes alone, or with an `auth` that the page made:
 *
 * @example
 * ```html
 * <basic-sign-in client-id="your-client-id" redirect-uri="/callback"></basic-sign-in>
 * ```
 *
 * Elements with the same attributes share one {@link BasicAuth}. Each attribute below is also a
 * property, with its name in camel case. An absent attribute reads as `""`. The label is the
 * element's content if it has any, then `label`, then a text in the language of the nearest `lang`.
 *
 * - Slots: content without a slot is the label while signed out; the slot `signed-in` is the label
 *   while signed in.
 * - Parts: `button`, `initial`, `logo`, `label`, `sign-out`, `error`.
 * - Events: see {@link BasicSignInEventMap}; all bubble.
 * - Custom states: {@link BasicSignInElement.status} for style sheets, as in
 *   `basic-sign-in:state(signed-in)`. Browsers before Chrome 125, Firefox 126 and Safari 17.4 have no
 *   such states. The element changes no attribute of its own.
 * - The style sheet `basic-oauth/button.css` reserves the room of an element that is not defined yet.
 *   For the room of its default label, leave no white space between the tags.
 */
export declare class BasicSignInElement extends HTMLElement {
  /** The auth that the button shows and calls. Default: one made from the attributes. */
  get auth(): BasicAuth | undefined;
  set auth(auth: BasicAuth | null | undefined);

  /** What the button shows now. */
  readonly status: BasicSignInStatus;

  /**
   * Attribute `client-id`: as the option `clientId`. Without it and without `auth`, a press fails with
   * the code `invalid-option`.
   */
  clientId: string;
  /** Attribute `redirect-uri`: as the option `redirectUri`. */
  redirectUri: string;
  /** Attribute `scope`: as the option `scope`. */
  scope: string;
  /** Attribute `store`: as the option `store`. */
  store: SessionStore | "";
  /** Attribute `server`: the origin of a Basic-compatible server. */
  server: string;
  /**
   * Attribute `issuer`: as in {@link ServerOptions}. Without the endpoints, they are found by it.
   */
  issuer: string;
  /** Attribute `authorization-endpoint`: as in {@link ServerOptions}. */
  authorizationEndpoint: string;
  /** Attribute `token-endpoint`: as in {@link ServerOptions}. */
  tokenEndpoint: string;
  /** Attribute `userinfo-endpoint`: as in {@link ServerOptions}. */
  userinfoEndpoint: string;
  /** Attribute `revocation-endpoint`: as in {@link ServerOptions}. */
  revocationEndpoint: string;
  /** Attribute `end-session-endpoint`: as in {@link ServerOptions}. */
  endSessionEndpoint: string;
  /** Attribute `jwks-uri`: as in {@link ServerOptions}. */
  jwksUri: string;
  /** Attribute `iss-parameter-supported`: as in {@link ServerOptions}. Default: false. */
  issParameterSupported: boolean;
  /** Attribute `token-encoding`: as in {@link ServerOptions}. */
  tokenEncoding: NonNullable<ServerOptions["tokenEncoding"]> | "";

  /** Attribute `fallback-return-to`: as the option `fallbackReturnTo`. */
  fallbackReturnTo: string;

  /** Attribute `post-logout-redirect-uri`: as the option `postLogoutRedirectUri`. */
  postLogoutRedirectUri: string;

  /** Attribute `preload`: as the option `preload`. */
  preload: NonNullable<BasicAuthOptions["preload"]> | "";

  /** Attribute `handle`: the handle of a Basic user, who signs in at their own server. */
  handle: string;
  /**
   * Attribute `return-to`: the path to return to after a sign-in or a sign-out at the server.
   * Default: the current page.
   */
  returnTo: string;
  /** Attribute `label`: the text while signed out. Default: by language. */
  label: string;
  /** Attribute `sign-out-label`: the text for signing out. Default: by language. */
  signOutLabel: string;
  /**
   * Attribute `signed-in-action`: what a press does while signed in: nothing, or a sign-out here and
   * at the server. Default: it signs out here.
   */
  signedInAction: "none" | "sign-out-everywhere" | "";
  /** Attribute `size`: 36, 44 or 52 CSS pixels high. Default: 44. */
  size: "small" | "large" | "";
  /** Attribute `theme`. Default: dark on light, light on dark, by the page's `color-scheme`. */
  theme: "light" | "dark" | "outline" | "";
  /** Attribute `shape`: `icon` is a round button without text. Default: rounded corners. */
  shape: "pill" | "square" | "icon" | "";
  /** Attribute `disabled`. Default: false. */
  disabled: boolean;
}

/**
 * What the button shows: the status of its auth, that it is busy, or that something failed.
 */
export type BasicSignInStatus = "loading" | "signed-out" | "signed-in" | "busy" | "error";

/**
 * Defines the element under a name. Importing this file does so for `basic-sign-in`. A name that is
 * already defined stays as it is.
 */
export declare function defineSignInButton(name?: string): void;

/** The events of the element. They bubble, through shadow roots too. */
export interface BasicSignInEventMap {
  /** A user is signed in: after a sign-in, and when a session is restored. */
  "basic-signed-in": CustomEvent<{ readonly user?: User; readonly scope: readonly string[] }>;
  /** The user is no longer signed in. */
  "basic-signed-out": CustomEvent<{ readonly reason: SignedOutReason }>;
  /** Something failed. `preventDefault()` keeps the button from showing it. */
  "basic-error": CustomEvent<BasicAuthError>;
}

/**
 * The element's attributes, for the JSX types of a framework. Those of React, Preact and Vue are
 * extended below.
 *
 * @example
 * ```ts
 * declare module "another-framework" {
 *   namespace JSX {
 *     interface IntrinsicElements {
 *       "basic-sign-in": BasicSignInAttributes & BasicSignInHandlers;
 *     }
 *   }
 * }
 * ```
 */
export interface BasicSignInAttributes {
  "client-id"?: string | undefined;
  "redirect-uri"?: string | undefined;
  scope?: string | undefined;
  store?: SessionStore | undefined;
  server?: string | undefined;
  issuer?: string | undefined;
  "authorization-endpoint"?: string | undefined;
  "token-endpoint"?: string | undefined;
  "userinfo-endpoint"?: string | undefined;
  "revocation-endpoint"?: string | undefined;
  "end-session-endpoint"?: string | undefined;
  "jwks-uri"?: string | undefined;
  "iss-parameter-supported"?: boolean | undefined;
  "token-encoding"?: ServerOptions["tokenEncoding"];
  "fallback-return-to"?: string | undefined;
  "post-logout-redirect-uri"?: string | undefined;
  preload?: BasicAuthOptions["preload"];
  handle?: string | undefined;
  "return-to"?: string | undefined;
  label?: string | undefined;
  "sign-out-label"?: string | undefined;
  "signed-in-action"?: "none" | "sign-out-everywhere" | undefined;
  size?: "small" | "large" | undefined;
  theme?: "light" | "dark" | "outline" | undefined;
  shape?: "pill" | "square" | "icon" | undefined;
  disabled?: boolean | undefined;
  /** A property, not an attribute. Frameworks that set properties pass it on. */
  auth?: BasicAuth | null | undefined;
}

/** The element's events as React 19 and Preact name them. */
export type BasicSignInHandlers = {
  [Type in keyof BasicSignInEventMap as `on${Type}`]?:
    | ((event: BasicSignInEventMap[Type]) => void)
    | undefined;
};

/** The element's attributes in camel case, as tools for Vue's templates name them. */
export type BasicSignInProps = {
  [Name in keyof BasicSignInAttributes as CamelCase<Name>]: BasicSignInAttributes[Name];
};

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

declare global {
  interface HTMLElementTagNameMap {
    "basic-sign-in": BasicSignInElement;
  }

  // Elements, documents and windows have these handlers in common, and the events reach all of
  // them.
  interface GlobalEventHandlersEventMap extends BasicSignInEventMap {}
}

// @ts-ignore If the types of React are not installed, there is nothing to extend.
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      // @ts-ignore As above.
      "basic-sign-in": HTMLAttributes<BasicSignInElement> & RefAttributes<BasicSignInElement>
        & BasicSignInAttributes & BasicSignInHandlers;
    }
  }
}

// @ts-ignore If Preact is not installed, there is nothing to extend.
declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      // @ts-ignore As above.
      "basic-sign-in": import("preact").HTMLAttributes<BasicSignInElement>
        // @ts-ignore As above.
        & import("preact").ClassAttributes<BasicSignInElement>
        & BasicSignInAttributes
        & BasicSignInHandlers;
    }
  }
}

// @ts-ignore If Vue is not installed, there is nothing to extend.
declare module "vue" {
  interface GlobalComponents {
    "basic-sign-in": new () => {
      // @ts-ignore As above.
      $props: import("vue").HTMLAttributes & import("vue").PublicProps & BasicSignInProps;
      // @ts-ignore As above.
      $emit: import("vue").EmitFn<
        { [Type in keyof BasicSignInEventMap]: (event: BasicSignInEventMap[Type]) => void }
      >;
    };
  }
}
