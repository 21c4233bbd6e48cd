import "basic-oauth/button";

import { Component, CUSTOM_ELEMENTS_SCHEMA, inject } from "@angular/core";
import { Router, RouterOutlet } from "@angular/router";

import { Auth } from "./auth";

@Component({
  selector: "app-root",
  imports: [RouterOutlet],
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <header>
      @if (auth.state().isSignedIn) {
        <span id="user">{{ auth.state().user?.name }}</span>
        <button id="sign-out" (click)="signOut()">Sign out</button>
      } @else {
        <basic-sign-in id="sign-in" [auth]="auth.client" />
      }
    </header>
    <router-outlet />
  `,
})
export class App {
  readonly auth = inject(Auth);
  private readonly router = inject(Router);

  /** The guard looks at a page only when it opens, so the user leaves it. */
  async signOut() {
    await this.auth.client.signOut();
    await this.router.navigateByUrl("/");
  }
}
