/** English texts of the live part of the page. */

export const live = {
  title: "Live",
} as const;
