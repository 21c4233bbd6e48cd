/** @jsxImportSource preact */
// Preact programs: the element in JSX.
import { createRef } from "preact";
import { useState } from "preact/hooks";
import type { BasicAuth } from "basic-oauth";
import type { BasicSignInElement } from "basic-oauth/button";
import "basic-oauth/button";

export function SignIn({ auth }: { auth?: BasicAuth }) {
  const button = createRef<BasicSignInElement>();
  const [error, setError] = useState("");
  return (
    <p>
      <basic-sign-in
        ref={button}
        auth={auth}
        class="wide"
        return-to="/notes"
        size="large"
        theme="outline"
        aria-describedby="hint"
        onClick={(event) => event.currentTarget.focus()}
        onbasic-signed-in={({ detail }) => setError(detail.user?.name ?? "")}
        onbasic-signed-out={({ detail }) => setError(detail.reason)}
        onbasic-error={(event) => setError(event.detail.message)}
      >
        Continue
      </basic-sign-in>
      <basic-sign-in client-id="app" redirect-uri="/callback" disabled />
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
