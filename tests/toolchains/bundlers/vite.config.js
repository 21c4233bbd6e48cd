import { defineConfig } from "vite";

export default defineConfig({
  root: "app",
  build: { outDir: "../dist-vite", emptyOutDir: true },
  server: { port: Number(process.env.PORT), strictPort: true },
});
