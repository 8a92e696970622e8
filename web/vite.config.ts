/** How the page is built: hashed names, compressed copies beside every file, nothing inlined. */

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin, ProxyOptions } from "vite";
import { defineConfig } from "vitest/config";

const SITE = "dist/site";

/** Files below this size gain nothing by compression. */
const COMPRESS_FROM_BYTES = 1024;

/** Writes `.br` and `.gz` beside each file: the server compresses nothing itself. */
function compressed(): Plugin {
  const visit = (folder: string) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) visit(path);
      else compress(path);
    }
  };
  return { name: "compressed", apply: "build", writeBundle: () => visit(SITE) };
}

function compress(path: string) {
  const plain = readFileSync(path);
  if (plain.length < COMPRESS_FROM_BYTES || path.endsWith(".woff2")) return;
  for (const [ending, bytes] of [
    ["br", brotliCompressSync(plain)],
    ["gz", gzipSync(plain, { level: 9 })],
  ] as const) {
    if (bytes.length < plain.length) writeFileSync(`${path}.${ending}`, bytes);
  }
}

/** `npx vite` serves the page by itself and asks a recorder that runs beside it. */
const recorder: ProxyOptions = {
  target: process.env.EARWITNESS ?? "http://127.0.0.1:8080",
};

export default defineConfig({
  plugins: [react(), compressed()],
  // A strict policy takes no `data:` addresses.
  build: { outDir: SITE, emptyOutDir: true, assetsInlineLimit: 0, target: "es2022" },
  server: { proxy: { "/api": recorder } },
  css: { modules: { localsConvention: "camelCaseOnly" } },
  test: { include: ["src/**/*.test.{ts,tsx}"] },
});
