// Programs that use the entry for React.
import { useEffect, useRef } from "react";
import { BasicAuth, type BasicAuthError, type BasicAuthOptions, type User } from "basic-oauth";
import type { BasicSignInElement } from "basic-oauth/button";
import {
  AuthCallback, AuthLoading, BasicAuthProvider, RequireAuth, SignedIn, SignedOut, SignInButton, useAuth,
  useUser, withAuthRequired, type RequireAuthOptions, type UseAuth,
} from "basic-oauth/react";

const same = <A, B>(_: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false) => {};

function Account({ name }: { name: string }) {
  const account = useAuth();
  same<typeof account, UseAuth>(true);
  same<ReturnType<typeof useUser>, User | undefined>(true);
  const { status, isReady, isSignedIn, signIn, signOut, startError, hasScope, missingScopes, auth } = account;
  same<typeof auth, BasicAuth>(true);
  same<typeof startError, BasicAuthError | undefined>(true);
  useEffect(() => {
    if (status === "signed-out" && account.reason === "expired") void signIn({ returnTo: "/", scope: "profile" });
  }, [status, signIn]);
  if (!isReady) return null;
  if (!isSignedIn) return <button onClick={signIn}>{name}</button>;
  account.scope?.join(" ") satisfies string | undefined;
  const title = `${hasScope("a")} ${missingScopes().length} ${account.claims?.sub} ${account.did}`;
  // @ts-expect-error There is no such option.
  void signIn({ returnTO: "/" });
  return <button onClick={signOut} title={title}>{account.user?.name}</button>;
}

const Guarded = withAuthRequired(Account, { scope: "profile", loading: "One moment…" });

export function App({ auth, options }: { auth: BasicAuth; options: BasicAuthOptions }) {
  const button = useRef<BasicSignInElement>(null);
  return (
    <>
      <BasicAuthProvider
        clientId="app"
        redirectUri="/callback"
        server={{ issuer: "https://as.test" }}
        onEvent={({ type }) => console.log(type)}
        onReturn={(path) => location.replace(path)}
      >
        <SignedIn>
          <Account name="a" />
        </SignedIn>
        <SignedOut>no user</SignedOut>
        <AuthLoading />
        <Guarded name="Ada" />
        <AuthCallback loading="One moment…">Nothing to complete</AuthCallback>
      </BasicAuthProvider>
      <BasicAuthProvider {...options} scope="profile">{["a", null, 4]}</BasicAuthProvider>
      <BasicAuthProvider auth={auth}>
        <RequireAuth
          scope="app:db:write"
          returnTo="/notes"
          loading={<p>One moment…</p>}
          fallback={({ error, signIn }) => <button onClick={signIn}>{error?.message ?? "Sign in"}</button>}
        >
          Notes
        </RequireAuth>
        <SignInButton
          ref={button}
          auth={auth}
          clientId="app"
          redirectUri="/callback"
          store="session"
          signedInAction="none"
          issParameterSupported
          disabled={false}
          size="large"
          theme="outline"
          className="wide"
          style={{ marginTop: 4 }}
          aria-describedby="hint"
          onClick={(event) => event.currentTarget.focus()}
          onSignedIn={({ user, scope }, event) => console.log(user?.name, scope.length, event.type)}
          onSignedOut={({ reason }) => console.log(reason)}
          onError={(error, event) => (error.needsSignIn ? event.preventDefault() : undefined)}
        >
          Continue
        </SignInButton>
      </BasicAuthProvider>
    </>
  );
}

export const optional: RequireAuthOptions = { scope: undefined, returnTo: undefined, fallback: undefined };

export const wrong = [
  // @ts-expect-error A provider needs options or an auth.
  <BasicAuthProvider>app</BasicAuthProvider>,
  // @ts-expect-error The redirect URI is missing.
  <BasicAuthProvider clientId="app" />,
  // @ts-expect-error A misspelt option does not exist.
  <BasicAuthProvider clientId="app" redirectURI="/callback" />,
  // @ts-expect-error The properties of the component are kept.
  <Guarded />,
  // @ts-expect-error There is no such theme.
  <SignInButton theme="neon" />,
  // @ts-expect-error The names are in camel case.
  <SignInButton returnto="/" />,
  // @ts-expect-error The detail is an error, and no event.
  <SignInButton onError={(error) => error.preventDefault()} />,
  // @ts-expect-error Scopes are one string.
  <RequireAuth scope={["profile"]} />,
];
