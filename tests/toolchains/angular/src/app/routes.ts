import type { Routes } from "@angular/router";

import { requireAuth } from "./auth";
import { Callback, Home, Private } from "./pages";

export const routes: Routes = [
  { path: "", component: Home },
  { path: "callback", component: Callback },
  { path: "private", component: Private, canActivate: [requireAuth] },
];
