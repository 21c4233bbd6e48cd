import { useEffect } from "preact/hooks";

import { auth, useAuthState } from "./auth.js";

export const RequireAuth = ({ children }) => {
  const { status, error } = useAuthState();
  const asks = status === "signed-out" && !error;
  useEffect(() => {
    if (asks) auth.signIn().catch(reportError);
  }, [asks]);
  if (status === "signed-in") return children;
  // After a refusal it asks only when the user wants it.
  return error ? <button onClick={() => auth.signIn()}>Sign in to see this page</button> : <p>Loading...</p>;
};
