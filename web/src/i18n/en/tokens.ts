/** English texts of the tokens part of the page. */

export const tokens = {
  title: "Tokens",
} as const;
