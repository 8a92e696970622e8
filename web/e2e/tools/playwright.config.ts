/** What is run by hand, never as a test: `make screenshots`, `make web-bench`. */

import { defineConfig } from "@playwright/test";
import base from "../../playwright.config";

export default defineConfig(base, {
  testDir: ".",
  testMatch: /(screenshots|bench)\.ts$/,
  timeout: 1_200_000,
  outputDir: "../../test-results",
});
