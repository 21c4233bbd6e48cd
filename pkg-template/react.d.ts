// `basic-oauth/react`: the integration with React 18 and 19.

import type {
  ComponentType,
  CSSProperties,
  FunctionComponent,
  HTMLAttributes,
  ReactElement,
  ReactNode,
  Ref,
} from "react";
import type {
  AuthState,
  BasicAuth,
  BasicAuthError,
  BasicAuthOptions,
  IdTokenClaims,
  SignInOptions,
  SignOutOptions,
  User,
} from "./index.js";
import type { BasicSignInElement, BasicSignInEventMap } from "./button.js";

/**
 * Provides the state of the sign-in to the components below it. Put one around the app, outside of
 * its router.
 *
 * The first render in a browser shows the state at once, if no user is signed in or if the stored
 * access token needs no refresh. A server render and its hydration show `loading`.
 *
 * Providers with equal options share one client. It is closed when the last of them is gone.
 * Objects are compared by value. Of `onEvent` and `onReturn`, the latest is called, so they may be
 * new at each render. Any other change, such as of `clientId`, makes a new client.
 *
 * @example
 * ```tsx
 * createRoot(document.getElementById("root")!).render(
 *   <BasicAuthProvider clientId="your-client-id" redirectUri="/callback">
 *     <App />
 *   </BasicAuthProvider>,
 * );
 * ```
 *
 * @example With an auth that code outside of React uses too
 * ```tsx
 * export const auth = BasicAuth.create({ clientId: "your-client-id", redirectUri: "/callback" });
 *
 * createRoot(document.getElementById("root")!).render(
 *   <BasicAuthProvider auth={auth}>
 *     <App />
 *   </BasicAuthProvider>,
 * );
 * ```
 */
export declare function BasicAuthProvider(props: BasicAuthProviderProps): ReactElement;

/** The properties of {@link BasicAuthProvider}: the options, or an auth that the app has made. */
export type BasicAuthProviderProps =
  | (BasicAuthOptions & {
    readonly auth?: undefined;
    readonly children?: ReactNode;
  })
  | {
    /** The auth to provide. The app closes it. */
    readonly auth: BasicAuth;
    readonly children?: ReactNode;
  };

/**
 * Returns the state of the sign-in, and what can be done about it. The component renders again if
 * the state changes, and not after a refresh of the access token.
 *
 * The object is the same until the state changes.
 *
 * @throws `Error` if no {@link BasicAuthProvider} is above the component.
 *
 * @example
 * ```tsx
 * function Account() {
 *   const { isReady, isSignedIn, user, signIn, signOut } = useAuth();
 *   if (!isReady) return <p>One moment…</p>;
 *   if (!isSignedIn) return <button onClick={signIn}>Sign in</button>;
 *   return <button onClick={signOut}>Sign out {user?.name}</button>;
 * }
 * ```
 */
export declare function useAuth(): UseAuth;

/** What {@link useAuth} returns. A check of `status` or `isSignedIn` narrows the state. */
export type UseAuth = AuthState & AuthMembers;

/** What {@link useAuth} returns besides the state. */
export interface AuthMembers {
  /** The auth itself, for everything else. It is the same until the options change. */
  readonly auth: BasicAuth;

  /**
   * Whether it is known if a user is signed in. Also true if the start failed, because nothing more
   * happens then: see `startError`.
   */
  readonly isReady: boolean;

  /**
   * Why the start failed: the error that {@link BasicAuth.ready} rejects with. It is reported to the
   * console too. The next sign-in tries again.
   */
  readonly startError: BasicAuthError | undefined;

  /**
   * Does as {@link BasicAuth.signIn}. It may be given to `onClick` as it is. The function is the same
   * until the options change.
   */
  readonly signIn: (options?: SignInOptions | ReactEvent) => Promise<void>;

  /** Does as {@link BasicAuth.signOut}. See `signIn`. */
  readonly signOut: (options?: SignOutOptions | ReactEvent) => Promise<void>;

  /** Does as {@link BasicAuth.getToken}. The function is the same until the options change. */
  readonly getToken: BasicAuth["getToken"];

  /** Does as {@link BasicAuth.fetch}. The function is the same until the options change. */
  readonly fetch: BasicAuth["fetch"];

  /**
   * Does as {@link BasicAuth.hasScope}; false while loading. It is another function for another
   * state, so that a result may be kept by it, as the React Compiler does.
   */
  readonly hasScope: (scope: string) => boolean;

  /** Does as {@link BasicAuth.missingScopes}; none while loading. See `hasScope`. */
  readonly missingScopes: () => string[];

  /** The claims of the ID token, as of the last change of the state. See {@link BasicAuth.claims}. */
  readonly claims: IdTokenClaims | undefined;

  /** The decentralised identifier of the user. See {@link BasicAuth.did}. */
  readonly did: string | undefined;
}

/** An event of React, which a handler gets. */
export interface ReactEvent {
  readonly nativeEvent: Event;
}

/**
 * Returns the user who is signed in, once the user information is known.
 *
 * @throws `Error` if no {@link BasicAuthProvider} is above the component.
 *
 * @example
 * ```tsx
 * function Greeting() {
 *   const user = useUser();
 *   return <p>Hello, {user?.name ?? "you"}</p>;
 * }
 * ```
 */
export declare function useUser(): User | undefined;

/** The properties of the components that only have content. */
export interface ChildrenProps {
  readonly children?: ReactNode;
}

/**
 * Shows its content while a user is signed in.
 *
 * @example
 * ```tsx
 * <SignedIn>Welcome back</SignedIn>
 * ```
 */
export declare function SignedIn(props: ChildrenProps): ReactElement | null;

/**
 * Shows its content while no user is signed in, and if the start failed.
 *
 * @example
 * ```tsx
 * <SignedOut>
 *   <SignInButton />
 * </SignedOut>
 * ```
 */
export declare function SignedOut(props: ChildrenProps): ReactElement | null;

/**
 * Shows its content while it is not known if a user is signed in: on a server, while a sign-in
 * completes, and while an old access token is refreshed.
 *
 * @example
 * ```tsx
 * <AuthLoading>One moment…</AuthLoading>
 * ```
 */
export declare function AuthLoading(props: ChildrenProps): ReactElement | null;

/** What a guard or a callback page shows if it cannot go on. */
export interface PromptOptions {
  /**
   * Returns what is shown in place of the error and the button. `signIn` asks for what the guard
   * needs, and `error` is absent if the user has just signed out. Default: the error's message, and
   * a {@link SignInButton}.
   */
  readonly fallback?:
    | ((prompt: {
      readonly error: BasicAuthError | undefined;
      readonly signIn: () => Promise<void>;
    }) => ReactNode)
    | undefined;

  /** Shown while loading, and while the page leaves for the server. Default: nothing. */
  readonly loading?: ReactNode;
}

/** The options of {@link RequireAuth} and {@link withAuthRequired}. */
export interface RequireAuthOptions extends PromptOptions {
  /**
   * The scopes that the content needs, separated by spaces. If one is missing, the user is asked for
   * it. Default: any user who is signed in sees the content.
   */
  readonly scope?: string | undefined;

  /** The path to return to after the sign-in, on this origin. Default: the current page. */
  readonly returnTo?: string | undefined;
}

/** The properties of {@link RequireAuth}. */
export interface RequireAuthProps extends RequireAuthOptions, ChildrenProps {}

/**
 * Shows its content to a user who is signed in, and sends any other user to sign in. Afterwards the
 * user is back at this address.
 *
 * It asks once. A user who has declined or signed out, whose sign-in failed, or who came back from
 * the server sees the error, if there is one, and a button. It asks again after the next success.
 *
 * @example
 * ```tsx
 * <RequireAuth scope="app:db:write" loading={<p>One moment…</p>}>
 *   <Editor />
 * </RequireAuth>
 * ```
 */
export declare function RequireAuth(props: RequireAuthProps): ReactElement | null;

/**
 * Returns the component, guarded by {@link RequireAuth}.
 *
 * @example
 * ```tsx
 * export const Editor = withAuthRequired(EditorPage, { scope: "app:db:write" });
 * ```
 */
export declare function withAuthRequired<Props extends object>(
  Component: ComponentType<Props>,
  options?: RequireAuthOptions,
): FunctionComponent<Props>;

/** The properties of {@link AuthCallback}. */
export interface AuthCallbackProps extends PromptOptions {
  /**
   * Shown if there is nothing to complete, for example because the user has opened the address.
   * Default: a {@link SignInButton}.
   */
  readonly children?: ReactNode;
}

/**
 * Shows what happens at the redirect URI: `loading` until the sign-in is complete and the user is on
 * the way back, or the error and a button.
 *
 * @example
 * ```tsx
 * <Route path="/callback" element={<AuthCallback loading={<p>One moment…</p>} />} />
 * ```
 */
export declare function AuthCallback(props: AuthCallbackProps): ReactElement | null;

/**
 * The properties of {@link SignInButton}: the attributes of the element in camel case, its events,
 * and those of any HTML element.
 */
export interface SignInButtonProps
  extends ButtonAttributes, Omit<HTMLAttributes<BasicSignInElement>, keyof ButtonAttributes | "onError">
{
  /** The auth that the button uses. Default: that of the {@link BasicAuthProvider}. */
  readonly auth?: BasicAuth | undefined;
  /** Called when a user is signed in: after a sign-in, and when a session is restored. */
  readonly onSignedIn?: ButtonHandler<"basic-signed-in">;
  /** Called when the user is no longer signed in. */
  readonly onSignedOut?: ButtonHandler<"basic-signed-out">;
  /** Called when something failed. `event.preventDefault()` keeps the button from showing it. */
  readonly onError?: ButtonHandler<"basic-error">;
  readonly className?: string | undefined;
  readonly style?: CSSProperties | undefined;
  readonly ref?: Ref<BasicSignInElement> | undefined;
}

type ButtonHandler<Type extends keyof BasicSignInEventMap> =
  | ((detail: BasicSignInEventMap[Type]["detail"], event: BasicSignInEventMap[Type]) => void)
  | undefined;

type ButtonAttribute =
  | "clientId"
  | "redirectUri"
  | "scope"
  | "store"
  | "server"
  | "issuer"
  | "authorizationEndpoint"
  | "tokenEndpoint"
  | "userinfoEndpoint"
  | "revocationEndpoint"
  | "endSessionEndpoint"
  | "jwksUri"
  | "issParameterSupported"
  | "tokenEncoding"
  | "fallbackReturnTo"
  | "postLogoutRedirectUri"
  | "preload"
  | "handle"
  | "returnTo"
  | "label"
  | "signOutLabel"
  | "signedInAction"
  | "size"
  | "theme"
  | "shape"
  | "disabled";

type ButtonAttributes = {
  readonly [Name in ButtonAttribute]?: Exclude<BasicSignInElement[Name], ""> | undefined;
};

/**
 * Shows the element `<basic-sign-in>`, which loads when it is first shown. It uses the auth of the
 * {@link BasicAuthProvider}, or one of its own if it has a `clientId`.
 *
 * Children are the label while signed out. Until the element is defined, its room is kept free. To
 * keep it free in a server render too, import `basic-oauth/button.css`.
 *
 * @example
 * ```tsx
 * <SignInButton
 *   theme="outline"
 *   returnTo="/notes"
 *   onSignedIn={({ user }) => console.log(user?.name)}
 *   onError={(error) => console.error(error)}
 * />
 * ```
 */
export declare function SignInButton(props: SignInButtonProps): ReactElement;
