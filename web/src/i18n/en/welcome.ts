/** English texts of the welcome part of the page. */

export const welcome = {
  title: "Welcome",
} as const;
