import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    // The page's policy allows no inline script, and every browser we build for knows modulepreload.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  server: {
    // For work on the page itself: npm run dev beside a running stack.
    proxy: Object.fromEntries(["/api", "/clock.json", "/sign-in.json", "/sign-in/tokens", "/sign-in/renewals"].map((path) => [path, process.env.DUBAN_CONSOLE ?? "http://127.0.0.1:8103"])),
  },
});
