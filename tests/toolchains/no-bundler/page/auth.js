import { BasicAuth } from "/basic-oauth/index.js";

export const auth = BasicAuth.create({
  clientId: "your-client-id",
  redirectUri: "/callback",
  server: "https://auth.example",
  // Each page is a document of its own.
  onReturn: "load",
});
