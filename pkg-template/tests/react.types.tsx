// React programs: the store hook as it stands, and the element in JSX.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { BasicAuth, type AuthState } from "basic-oauth";
import type { BasicSignInElement } from "basic-oauth/button";
import "basic-oauth/button";

export function useAuthState(auth: BasicAuth): AuthState {
  const state = useSyncExternalStore(auth.subscribe, () => auth.state);
  state.isSignedIn satisfies boolean;
  return useSyncExternalStore(auth.subscribe, () => auth.state, () => auth.state);
}

export function SignIn({ auth }: { auth?: BasicAuth }) {
  const button = useRef<BasicSignInElement>(null);
  const [error, setError] = useState("");
  useEffect(() => button.current?.focus(), []);
  return (
    <p>
      <basic-sign-in
        ref={button}
        auth={auth}
        className="wide"
        return-to="/notes"
        size="large"
        theme="outline"
        aria-describedby="hint"
        onbasic-signed-in={({ detail }) => setError(detail.user?.name ?? "")}
        onbasic-signed-out={({ detail }) => setError(detail.reason)}
        onbasic-error={(event) => setError(event.detail.message)}
      >
        Continue
      </basic-sign-in>
      <basic-sign-in client-id="app" redirect-uri="https://app.test/callback" disabled />
      {error}
    </p>
  );
}

export const wrong = [
  // @ts-expect-error There is no such theme.
  <basic-sign-in theme="neon" />,
  // @ts-expect-error A client identifier is text.
  <basic-sign-in client-id={4} />,
  // @ts-expect-error Properties in camel case do not survive a server render.
  <basic-sign-in clientId="app" />,
  // @ts-expect-error The property `auth` is a client, not a string.
  <basic-sign-in auth="app" />,
  // @ts-expect-error The event's detail is an error.
  <basic-sign-in onbasic-error={(event) => event.detail.reason} />,
];
