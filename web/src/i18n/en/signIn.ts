/** English texts of the sign-in part of the page. */

export const signIn = {
  title: "Sign in to Earwitness",
  subtitle: "Call recordings",
  username: "User name",
  password: "Password",
  submit: "Sign in",
  wrong: "User name or password is wrong.",
  wrongMore: "After ten wrong ones this address waits a minute.",
  slow: "Too many wrong passwords from here.",
  slowMore_one: "Sign in again in {{count}} second.",
  slowMore_other: "Sign in again in {{count}} seconds.",
  none: "This user may not sign in here.",
  noneMore: "An administrator can change that.",
  expired: "You are signed out.",
  expiredMore: "A session lasts twelve hours. Sign in to go on where you were.",
  bye: "You have signed out.",
  audited: "Everything you open here is written to the audit log.",
} as const;
