/** The page begins: styles, language, queries, routes. */

import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/mantine.css";
import "./i18n";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "./api/session";
import { router } from "./routes";
import { showTheme } from "./ui/theme";

showTheme();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      {/* Colours are ours, in tokens.css; the policy admits no style elements. */}
      <MantineProvider withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
