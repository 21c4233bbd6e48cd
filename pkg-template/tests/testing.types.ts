// Programs against `basic-oauth/testing` and `basic-oauth/svelte`.
import type { AuthState, BasicAuth, BasicAuthError, User } from "basic-oauth";
import { authStore, type AuthStoreValue } from "basic-oauth/svelte";
import { createFakeAuth, fakeError, type FakeAuth } from "basic-oauth/testing";

export async function fakes() {
  const auth = createFakeAuth({
    user: { sub: "1", name: "Ada" },
    scope: ["profile"],
    requestedScope: "profile app:db",
    fetch: async (input) => new Response(String(input)),
    signIn: (options) => options?.returnTo satisfies string | undefined as void,
  });
  auth satisfies FakeAuth satisfies BasicAuth;
  auth.set({ status: "signed-out", reason: "expired", error: fakeError("access-denied") });
  auth.set({ user: undefined });
  auth.calls[0]?.name satisfies string | undefined;
  auth.calls.length = 0;
  fakeError("timeout", { message: "Late", retryAfterSeconds: 3 }) satisfies BasicAuthError;
  createFakeAuth();
  createFakeAuth({ status: "loading", startError: fakeError("load-failed") });
  // @ts-expect-error There is no such code.
  fakeError("acces-denied");
  // @ts-expect-error The kind belongs to the code.
  fakeError("timeout", { kind: "network" });
  // @ts-expect-error There is no such status.
  auth.set({ status: "away" });
  // @ts-expect-error A user needs an identifier.
  auth.set({ user: { name: "Ada" } });
  // @ts-expect-error The fake derives it from the status.
  auth.set({ isSignedIn: true });
}

export function stores(auth: BasicAuth) {
  const store = authStore({ clientId: "app", redirectUri: "https://app.test/callback" });
  authStore(auth);
  authStore(createFakeAuth());
  const end = store.subscribe((value) => {
    value satisfies AuthStoreValue satisfies AuthState;
    value.isReady satisfies boolean;
    value.startError?.message satisfies string | undefined;
    value.user satisfies User | undefined;
    if (value.isSignedIn) value.scope satisfies readonly string[];
    value.hasScope("app:db") satisfies boolean;
    // @ts-expect-error The value is frozen.
    value.isReady = true;
  });
  end satisfies () => void;
  document.body.addEventListener("click", store.signIn);
  store.requireAuth({ returnTo: "/private", scope: "app:db" }) satisfies Promise<boolean>;
  store.close();
  // @ts-expect-error A client needs options.
  authStore();
}
