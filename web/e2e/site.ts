/**
 * The page as it is built now, before a recorder that carries an older one: `EARWITNESS_SITE`
 * names the folder (`dist/site`). Without it the recorder's own page is what is tested.
 */

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";

export async function serveFrom(page: Page, folder: string | undefined) {
  if (!folder) return;
  const ours = (url: URL) => !url.pathname.startsWith("/api/");
  await page.route(ours, async (route) => {
    const { pathname } = new URL(route.request().url());
    const path = join(folder, pathname);
    const found = existsSync(path) && statSync(path).isFile() ? path : join(folder, "index.html");
    // The recorder's policy holds here too.
    const answer = await route.fetch({ url: new URL("/", route.request().url()).href });
    const policy = answer.headers()["content-security-policy"] ?? "";
    await route.fulfill({ path: found, headers: { "Content-Security-Policy": policy } });
  });
}
