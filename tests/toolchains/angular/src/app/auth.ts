import { inject, Injectable, signal } from "@angular/core";
import { type CanActivateFn, Router } from "@angular/router";
import { BasicAuth } from "basic-oauth";

@Injectable({ providedIn: "root" })
export class Auth {
  readonly client = BasicAuth.create({
    clientId: "your-client-id",
    redirectUri: "/callback",
    server: "https://auth.example",
  });
  readonly state = signal(this.client.state);

  constructor() {
    this.client.subscribe((state) => this.state.set(state), { immediate: true });
  }
}

export const requireAuth: CanActivateFn = async (_route, { url }) => {
  const { client } = inject(Auth);
  const router = inject(Router);
  await client.ready;
  if (client.state.isSignedIn) return true;
  // After a refusal the user is asked again only when they press the button of the first page.
  if (client.state.error) return router.parseUrl("/");
  await client.signIn({ returnTo: url });
  return false;
};
