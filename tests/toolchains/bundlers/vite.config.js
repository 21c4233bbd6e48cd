import { defineConfig } from "vite";

/** Apps set this on the server that serves their files. Here the development server sends it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: https://auth.example",
  "connect-src 'self' https://auth.example",
  "require-trusted-types-for 'script'",
  "base-uri 'none'",
].join("; ");

export default defineConfig({
  root: "app",
  build: { outDir: "../dist-vite", emptyOutDir: true },
  server: { port: Number(process.env.PORT), strictPort: true, headers: { "content-security-policy": POLICY } },
});
