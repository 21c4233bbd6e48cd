import { AuthCallback, BasicAuthProvider, RequireAuth } from "basic-oauth/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Outlet, Route, Routes } from "react-router";

import { Account } from "./Account.jsx";

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <BasicAuthProvider clientId="your-client-id" redirectUri="/callback" server="https://auth.example">
      <BrowserRouter>
        <Account />
        <Routes>
          <Route index element={<h1>Home</h1>} />
          <Route path="callback" element={<AuthCallback />} />
          <Route element={<RequireAuth><Outlet /></RequireAuth>}>
            <Route path="private" element={<p id="private">private</p>} />
          </Route>
        </Routes>
      </BrowserRouter>
    </BasicAuthProvider>
  </StrictMode>,
);
