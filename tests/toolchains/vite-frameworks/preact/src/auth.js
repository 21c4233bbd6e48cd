import { BasicAuth } from "basic-oauth";
import { useEffect, useState } from "preact/hooks";

export const auth = BasicAuth.create({
  clientId: "your-client-id",
  redirectUri: "/callback",
  server: "https://auth.example",
});

/** Returns the state of the sign-in. The component renders again with each new one. */
export const useAuthState = () => {
  const [state, setState] = useState(auth.state);
  useEffect(() => auth.subscribe(setState, { immediate: true }), []);
  return state;
};
