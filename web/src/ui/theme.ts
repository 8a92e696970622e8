/** Light, dark, or as the system has it. The style sheet does the rest. */

const STORED_AS = "earwitness.theme";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function theme(): Theme {
  const stored = localStorage.getItem(STORED_AS);
  return THEMES.find((one) => one === stored) ?? "system";
}

export function chooseTheme(chosen: Theme) {
  localStorage.setItem(STORED_AS, chosen);
  showTheme();
}

export function showTheme() {
  document.documentElement.dataset.theme = theme();
}
