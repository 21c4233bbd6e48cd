import { createSignInButton } from "./button-element.js";
import { BasicAuth, BasicAuthError } from "./index.js";

export const { BasicSignInElement, defineSignInButton } = createSignInButton(BasicAuth, BasicAuthError);
