// Programs against `basic-oauth/vue`, with the types of Vue.
import type { AuthState, BasicAuth, BasicAuthError, User } from "basic-oauth";
import { createBasicAuth, requireAuth, useAuth } from "basic-oauth/vue";
import type { BasicSignInEventMap } from "basic-oauth/button";
import { createApp, defineComponent, reactive, type GlobalComponents } from "vue";

export function starts(auth: BasicAuth) {
  const plugin = createBasicAuth({ clientId: "app", redirectUri: "https://app.test/callback" });
  plugin.auth satisfies BasicAuth;
  createApp({}).use(plugin).use(createBasicAuth(auth)).mount("#app");
  // @ts-expect-error A redirect URI is required.
  createBasicAuth({ clientId: "app" });
  // @ts-expect-error A router is required.
  requireAuth({});
}

export const Account = defineComponent({
  setup() {
    const { state, isReady, isSignedIn, user, scope, error, startError, signIn, signOut, hasScope } = useAuth();
    state.value satisfies AuthState;
    isReady.value satisfies boolean;
    user.value satisfies User | undefined;
    scope.value satisfies readonly string[] | undefined;
    error.value satisfies BasicAuthError | undefined;
    startError.value?.message satisfies string | undefined;
    if (state.value.isSignedIn) state.value.scope satisfies readonly string[];
    hasScope("app:db") satisfies boolean;
    document.body.addEventListener("click", signIn);
    document.body.addEventListener("click", signOut);
    void signIn({ returnTo: "/notes" });
    reactive(useAuth()).isSignedIn satisfies boolean;
    // @ts-expect-error The state is read only.
    isSignedIn.value = true;
    // @ts-expect-error A sign-in takes options, not a path.
    void signIn("/notes");
    return {};
  },
});

/** What tools look up if a template has `<basic-sign-in>`. */
type SignIn = InstanceType<GlobalComponents["basic-sign-in"]>;

export const attributes = {
  clientId: "app", redirectUri: "/callback", size: "large", disabled: true, class: "wide", "aria-label": "Go", key: 1,
} satisfies SignIn["$props"];

export function listens(emit: SignIn["$emit"], event: BasicSignInEventMap["basic-error"]) {
  emit("basic-error", event);
  // @ts-expect-error It is another event.
  emit("basic-signed-out", event);
}

export const wrong = [
  // @ts-expect-error There is no such theme.
  { theme: "neon" } satisfies SignIn["$props"],
  // @ts-expect-error A client identifier is text.
  { clientId: 4 } satisfies SignIn["$props"],
];
