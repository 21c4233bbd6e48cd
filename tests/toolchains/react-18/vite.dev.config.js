// The development server, with the policy that the built app gets.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const POLICY = [
  "default-src 'none'",
  // The plugin for React puts a script into the page, with this nonce. A build has none.
  "script-src 'self' 'wasm-unsafe-eval' 'nonce-development'",
  "style-src 'self'",
  "img-src 'self' data: https://auth.example",
  "connect-src 'self' https://auth.example",
  "require-trusted-types-for 'script'",
  "base-uri 'none'",
].join("; ");

export default defineConfig({
  html: { cspNonce: "development" },
  plugins: [react()],
  server: { port: Number(process.env.PORT), strictPort: true, headers: { "content-security-policy": POLICY } },
});
