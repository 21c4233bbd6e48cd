import { SignedIn, SignedOut, useAuth } from "basic-oauth/react";

export const Account = () => {
  const { user, error, signIn, signOut } = useAuth();
  return (
    <header>
      <SignedIn>
        <span id="user">{user?.name}</span>
        <button id="sign-out" onClick={() => signOut()}>Sign out</button>
      </SignedIn>
      <SignedOut>
        <button id="sign-in" onClick={() => signIn()}>Sign in</button>
        {error && <p>The sign-in did not succeed: {error.message}</p>}
      </SignedOut>
    </header>
  );
};
