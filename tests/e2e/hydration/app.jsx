// A page that a server has rendered, with the button in it. `OPTIONS` is put in by the build.
import { StrictMode } from "react";
import { BasicAuthProvider, SignInButton, useAuth } from "basic-oauth/react";

const keep = (...values) => {
  window.seen.push(values);
};

const Status = () => <p id="status">{useAuth().status}</p>;

export const App = () => (
  <StrictMode>
    <BasicAuthProvider {...OPTIONS}>
      <Status />
      <SignInButton
        id="button"
        className="wide"
        size="large"
        theme="outline"
        returnTo="/"
        onSignedIn={({ user }) => keep("in", user?.name)}
        onSignedOut={({ reason }) => keep("out", reason)}
        onError={({ code }) => keep("error", code)}
      />
      <SignInButton id="other" disabled aria-describedby="status">Continue</SignInButton>
    </BasicAuthProvider>
  </StrictMode>
);
