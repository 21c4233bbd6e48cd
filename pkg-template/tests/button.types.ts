// Programs against `basic-oauth/button`.
import type { BasicAuth, BasicAuthError, SignedOutReason, User } from "basic-oauth";
import {
  BasicSignInElement,
  defineSignInButton,
  type BasicSignInStatus,
} from "basic-oauth/button";

declare const auth: BasicAuth;

export function findsTheElement() {
  const button = document.createElement("basic-sign-in");
  button satisfies BasicSignInElement;
  document.querySelector("basic-sign-in")?.auth satisfies BasicAuth | undefined;
  button satisfies HTMLElement;

  button.auth = auth;
  button.auth = undefined;
  button.auth = null;
  button.clientId = "app";
  button.redirectUri = "https://app.test/callback";
  button.store = "session";
  button.tokenEncoding = "json";
  button.issParameterSupported = true;
  button.fallbackReturnTo = "/project/";
  button.returnTo = "/notes";
  button.signedInAction = "none";
  button.size = "large";
  button.theme = "outline";
  button.shape = "pill";
  button.disabled = true;
  button.lang = "de";
  button.status satisfies BasicSignInStatus;
  button.click();
  // @ts-expect-error The status is read only.
  button.status = "busy";
  // @ts-expect-error There is no such size.
  button.size = "huge";
  // @ts-expect-error The attribute has no value, like `disabled`.
  button.issParameterSupported = "true";
  // @ts-expect-error There is no such theme.
  button.theme = "neon";
  // @ts-expect-error The element has one property for each option.
  button.auth = { clientId: "app" };
}

export function listens(button: BasicSignInElement) {
  button.addEventListener("basic-signed-in", ({ detail }) => {
    detail.user satisfies User | undefined;
    detail.scope satisfies readonly string[];
  });
  // The events bubble, so the whole page may listen in one place.
  document.addEventListener("basic-signed-out", ({ detail }) => {
    detail.reason satisfies SignedOutReason;
  });
  window.addEventListener("basic-error", (event) => {
    event.detail satisfies BasicAuthError;
    event.preventDefault();
    // @ts-expect-error The detail is the error itself.
    event.detail.reason;
  });
  button.addEventListener("click", (event) => event.clientX);
}

defineSignInButton();
defineSignInButton("acme-sign-in");
customElements.define("my-sign-in", class extends BasicSignInElement {});
