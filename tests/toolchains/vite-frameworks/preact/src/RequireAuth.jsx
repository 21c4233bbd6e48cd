import { useEffect } from "preact/hooks";

import { auth, useAuthState } from "./auth.js";

export const RequireAuth = ({ children }) => {
  const { status, reason, error } = useAuthState();
  const asks = !error && (reason === "never" || reason === "expired");
  useEffect(() => {
    if (asks) auth.signIn().catch(reportError);
  }, [asks]);
  if (status === "signed-in") return children;
  if (status === "loading" || asks) return <p>Loading...</p>;
  // After a refusal or a sign-out it asks only when the user wants it.
  return <button onClick={() => auth.signIn()}>Sign in to see this page</button>;
};
