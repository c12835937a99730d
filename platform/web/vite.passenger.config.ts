// Builds what the passenger's shells load: one script and one style sheet with names that the shells can rely on.

import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "dist",
    emptyOutDir: false,
    // Wallets' browsers are often years behind.
    target: ["chrome70", "safari13"],
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: {
      input: "src/passenger/main.ts",
      output: { entryFileNames: "assets/passenger.js", assetFileNames: "assets/passenger[extname]" },
    },
  },
});
