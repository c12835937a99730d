// Builds the console. Its files carry a hash of their content in their names and may be kept for ever.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    rollupOptions: { input: "console/index.html" },
  },
  test: { include: ["src/**/*.test.ts"] },
});
