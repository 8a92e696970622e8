/** What is run by hand, never as a test: `make screenshots`. */

import { defineConfig } from "@playwright/test";
import base from "../../playwright.config";

export default defineConfig(base, {
  testDir: ".",
  testMatch: /screenshots\.ts$/,
  timeout: 1_200_000,
  outputDir: "../../test-results",
});
