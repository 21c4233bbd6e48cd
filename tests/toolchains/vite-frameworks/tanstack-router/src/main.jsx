import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from "@tanstack/react-router";
import { AuthCallback, BasicAuthProvider, RequireAuth } from "basic-oauth/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Account } from "./Account.jsx";

const root = createRootRoute({ component: () => <><Account /><Outlet /></> });
const home = createRoute({ getParentRoute: () => root, path: "/", component: () => <h1>Home</h1> });
const callback = createRoute({ getParentRoute: () => root, path: "/callback", component: AuthCallback });
// A route without a path: all its children need a sign-in.
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: () => <RequireAuth><Outlet /></RequireAuth>,
});
const priv = createRoute({
  getParentRoute: () => signedIn,
  path: "/private",
  component: () => <p id="private">private</p>,
});

const routeTree = root.addChildren([home, callback, signedIn.addChildren([priv])]);
const router = createRouter({ routeTree });

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <BasicAuthProvider clientId="your-client-id" redirectUri="/callback" server="https://auth.example">
      <RouterProvider router={router} />
    </BasicAuthProvider>
  </StrictMode>,
);
