import { createSignInButton } from "./button-element.js";
import { BasicAuth, BasicAuthError } from "./slim.js";

export const { BasicSignInElement, defineSignInButton } = createSignInButton(BasicAuth, BasicAuthError);
