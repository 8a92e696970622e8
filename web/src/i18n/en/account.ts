/** English texts of one's own account. */

export const account = {
  title: "Your account",
  person: "You",
  name: "Name",
  username: "User name",
  level: "May",
  group: "Group",
  supervises: "Sees the recordings of",
  numbers: "Numbers",
  nothing: "–",
  personMore: "An administrator can change these.",
  password: "Password",
  current: "Current password",
  next: "New password",
  nextHint: "At least {{least}} characters. A sentence is easier to keep than a riddle.",
  short: "That is shorter than {{least}} characters.",
  change: "Change password",
  changed: "Password changed. Your other sessions are over.",
  wrong: "That is not your current password.",
  sessions: "Sessions",
  sessionsMore:
    "Ends all of them, on whatever machine, this one too. Tokens go on working: those are " +
    "revoked one by one.",
  until: "This one ends at {{time}}, or earlier when you sign out.",
  everywhere: "Sign out everywhere",
  keys: "Keys",
  letters: "Keys of one letter or sign",
  lettersMore:
    "Such as J, X or /. Switch them off if you speak to your computer, or press them by " +
    "accident. Arrows, Space, Enter and Esc stay.",
  kept: "Kept for you on the server.",
  tokens: "Tokens",
  tokensMore: "For programs that act in your name.",
  toTokens: "To your tokens",
} as const;
