/** English texts of the dashboard part of the page. */

export const dashboard = {
  title: "Dashboard",
} as const;
