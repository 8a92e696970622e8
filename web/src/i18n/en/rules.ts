/** English texts of the rules part of the page. */

export const rules = {
  title: "Rules",
} as const;
