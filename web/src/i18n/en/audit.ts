/** English texts of the audit part of the page. */

export const audit = {
  title: "Audit",
} as const;
