import "basic-oauth/button";

import { Component, CUSTOM_ELEMENTS_SCHEMA, inject } from "@angular/core";
import { RouterOutlet } from "@angular/router";

import { Auth } from "./auth";

@Component({
  selector: "app-root",
  imports: [RouterOutlet],
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <header>
      @if (auth.state().isSignedIn) {
        <span id="user">{{ auth.state().user?.name }}</span>
        <button id="sign-out" (click)="auth.client.signOut()">Sign out</button>
      } @else {
        <basic-sign-in id="sign-in" [auth]="auth.client" />
      }
    </header>
    <router-outlet />
  `,
})
export class App {
  readonly auth = inject(Auth);
}
